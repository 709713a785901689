//! The verdict: the first line of every report.

use crate::report::fit::Size;
use crate::report::md::Md;
use crate::report::view::View;

pub(crate) fn write(view: &View<'_>, _: Size) -> Md {
    let mut md = Md::new(&view.links);
    md.words("### ").words(view.outcome.tone().sign()).line(&view.outcome.headline_line());
    md.end();
    md
}
