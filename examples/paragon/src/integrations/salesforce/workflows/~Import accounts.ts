// A draft: its name begins with `~`, so `para build` leaves it out, and so does Airlock.
export {};
