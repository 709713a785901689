//! Python read without running it: parsed, then followed as the interpreter would follow it, as far as constants reach.

pub(super) mod branch;
pub(super) mod calls;
pub(super) mod comprehension;
pub(super) mod define;
pub(super) mod depth;
pub(super) mod exec;
pub(super) mod expression;
pub(super) mod found;
pub(super) mod imports;
pub(super) mod jinja;
pub(super) mod methods;
pub(super) mod module;
pub(super) mod read;
pub(super) mod remark;
pub(super) mod statement;
pub(super) mod uses;
pub(super) mod value;
pub(super) mod work;
