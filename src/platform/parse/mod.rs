//! Where foreign source is parsed: on threads of our own, so that neither its depth nor a parser's panic ends the process.
//!
//! A recursive parser's stack grows with the nesting of the text, and an overflow cannot be caught. Measured with oxc 0.146
//! on an unoptimised build: at most 3.9 KB a level of brackets, at most 450 bytes a byte of text without brackets (`!!!!`,
//! `a?b:a?b:`). So brackets are counted before the parser sees the text ([`depth`]), and the stack holds the rest of the
//! largest file that is read.

pub mod depth;
pub mod frame;

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use crate::problem::{Fault, Problem};

/// The stack of a parsing thread in bytes: reserved, not used, until a hostile text needs it.
const STACK: usize = 1 << 30;

/// The stack where the first is refused (a machine that counts what is reserved).
const SMALLER_STACK: usize = 1 << 28;

/// More threads than this gain nothing: reading the files is then what takes the time.
const MOST_THREADS: usize = 8;

/// Threads with a large stack.
#[derive(Debug)]
pub struct Room {
    pool: rayon::ThreadPool,
}

impl Room {
    /// Starts the threads, one a core.
    pub fn open() -> Result<Self, Problem> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let start = |stack| rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(stack).build();
        let pool = start(STACK).or_else(|_| start(SMALLER_STACK)).map_err(|error| {
            Problem::new("no-threads", Fault::Bug, "the threads that parse could not be started")
                .cause(error.to_string())
        })?;
        Ok(Self { pool })
    }

    /// Does the same with each item, in the items' order; `scratch` makes what a thread reuses between items. An item whose
    /// work panics gives `None`, and the thread gets new scratch.
    pub fn each<I, S, O>(
        &self,
        items: Vec<I>,
        scratch: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, I) -> O + Sync + Send,
    ) -> Vec<Option<O>>
    where
        I: Send,
        O: Send,
    {
        let guarded = |kept: &mut S, item: I| {
            let done = catch_unwind(AssertUnwindSafe(|| work(kept, item))).ok();
            if done.is_none() {
                *kept = scratch();
            }
            done
        };
        self.pool.install(|| items.into_par_iter().map_init(&scratch, guarded).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_costs_one_item_and_the_order_stays() {
        let room = Room::open().unwrap();
        let done =
            room.each((0..100).collect(), || 0, |_, item| if item == 42 { panic!("a parser's bug") } else { item });
        assert_eq!(done.iter().filter(|item| item.is_none()).count(), 1);
        assert_eq!((done[41], done[42], done[99]), (Some(41), None, Some(99)));
    }
}
