/** The shape of what the app tells Paragon about a user. */
export default { plan: 'free', region: 'eu' };
