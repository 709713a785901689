//! Several questions at a time, without a task of their own.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Does the same with each item, at most `most` at once; the results come in the order of the items.
pub(in crate::platform) async fn each<I, T, F: Future<Output = T>>(
    most: usize,
    items: Vec<I>,
    work: impl Fn(I) -> F,
) -> Vec<T> {
    let mut waiting = items.into_iter().enumerate();
    let mut running: Vec<(usize, Pin<Box<F>>)> = Vec::new();
    let mut done: Vec<(usize, T)> = Vec::new();
    loop {
        while running.len() < most.max(1)
            && let Some((place, item)) = waiting.next()
        {
            running.push((place, Box::pin(work(item))));
        }
        if running.is_empty() {
            break;
        }
        done.push(first(&mut running).await);
    }
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Waits for the first of them and takes it out.
async fn first<T, F: Future<Output = T>>(running: &mut Vec<(usize, Pin<Box<F>>)>) -> (usize, T) {
    poll_fn(|context| {
        for at in 0..running.len() {
            let (place, future) = &mut running[at];
            let place = *place;
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                drop(running.swap_remove(at));
                return Poll::Ready((place, result));
            }
        }
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn no_more_run_at_once_than_asked_and_the_order_stays() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let work = |item: u32| {
            let (now, most) = (&now, &most);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                for _ in 0..item % 5 {
                    tokio::task::yield_now().await;
                }
                now.set(now.get() - 1);
                item * 2
            }
        };
        let done = each(3, (0..20).collect(), work).await;
        assert_eq!(done, (0..20).map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(most.get(), 3);
    }
}
