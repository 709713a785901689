//! Pages of a list, with the `Link` header as GitHub writes it.

use serde_json::Value;

use super::routes::{Question, Reply};
use super::state::State;

/// The wanted page; `wrap` puts the list into an object where GitHub does.
pub(super) fn page(
    state: &State,
    question: &Question,
    all: Vec<Value>,
    wrap: impl Fn(Vec<Value>, usize) -> Value,
) -> Reply {
    let wanted = question.number("per_page").unwrap_or(30).min(100);
    let size = wanted.min(state.page_size);
    let number = question.number("page").unwrap_or(1).max(1);
    let total = all.len();
    let items = all.into_iter().skip((number - 1) * size).take(size).collect();
    let reply = Reply::new(200, &wrap(items, total));
    let last = total.div_ceil(size);
    let mut links = Vec::new();
    if number > 1 {
        links.push(format!("<{}>; rel=\"prev\"", question.page(state, number - 1)));
    }
    if number < last {
        links.push(format!("<{}>; rel=\"next\"", question.page(state, number + 1)));
        links.push(format!("<{}>; rel=\"last\"", question.page(state, last)));
    }
    if links.is_empty() { reply } else { reply.header("link", links.join(", ")) }
}

/// A page of a plain list.
pub(super) fn list(state: &State, question: &Question, all: Vec<Value>) -> Reply {
    page(state, question, all, |items, _| Value::Array(items))
}
