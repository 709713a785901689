//! Comprehensions and comparisons.

use ruff_python_ast::{CmpOp, Comprehension, Expr, ExprCompare};

use super::exec::Exec;
use super::value::Val;

/// The most elements that a comprehension may make.
const MOST_ELEMENTS: usize = 1_000;

impl<'a> Exec<'a> {
    /// A comprehension over one known list; with a second expression, of a dictionary.
    pub(super) fn comprehension(
        &mut self,
        loops: &'a [Comprehension],
        one: Option<&'a Expr>,
        two: Option<&'a Expr>,
    ) -> Val {
        let (Some(one), [turns]) = (one, loops) else { return Val::code("is a comprehension over several lists") };
        let items = match self.value(&turns.iter) {
            Val::List(items) if items.len() <= MOST_ELEMENTS => items,
            other => {
                let before = self.frame().vars.clone();
                self.bind(&turns.target, Val::code("changes in a loop"));
                self.guarded("it stands in a comprehension", |exec| {
                    exec.value(one);
                    two.map(|two| exec.value(two));
                });
                self.frame().vars = before;
                return match other {
                    Val::Code(why) => Val::Code(why),
                    _ => Val::code("is a comprehension over what is not known"),
                };
            }
        };
        let before = self.frame().vars.clone();
        let (mut list, mut dict, mut unknown) = (Vec::new(), Vec::new(), false);
        for item in items {
            self.bind(&turns.target, item);
            let truths: Vec<Option<bool>> = turns.ifs.iter().map(|test| self.value(test).truth()).collect();
            unknown |= truths.contains(&None);
            if truths.iter().all(|truth| *truth == Some(true)) {
                let value = self.value(one);
                match two {
                    Some(two) => {
                        let under = self.value(two);
                        dict.push((value, under));
                    }
                    None => list.push(value),
                }
            }
        }
        self.frame().vars = before;
        match two {
            _ if unknown => Val::code("depends on a condition"),
            Some(_) => Val::Dict(dict).bounded(),
            None => Val::List(list).bounded(),
        }
    }

    pub(super) fn compare(&mut self, compare: &'a ExprCompare) -> Val {
        let left = self.value(&compare.left);
        let (op, right) = match (&compare.ops[..], &compare.comparators[..]) {
            ([op], [right]) => (*op, self.value(right)),
            _ => return Val::code("is compared"),
        };
        let is_name = |value: &Val| matches!(value, Val::Code(why) if why.starts_with("is the module's name"));
        if is_name(&left) && right.text() == Some("__main__") {
            return Val::Bool(op != CmpOp::Eq);
        }
        let known = |value: &Val| {
            value.truth().is_some() && !matches!(value, Val::Dag(_) | Val::Task(_) | Val::Function(_) | Val::File(_))
        };
        if !known(&left) || !known(&right) {
            return Val::code("is compared");
        }
        match (op, left, right) {
            (CmpOp::Eq, a, b) => Val::Bool(a == b),
            (CmpOp::NotEq, a, b) => Val::Bool(a != b),
            (CmpOp::Is, a, Val::None) => Val::Bool(a == Val::None),
            (CmpOp::IsNot, a, Val::None) => Val::Bool(a != Val::None),
            (CmpOp::Lt, Val::Int(a), Val::Int(b)) => Val::Bool(a < b),
            (CmpOp::LtE, Val::Int(a), Val::Int(b)) => Val::Bool(a <= b),
            (CmpOp::Gt, Val::Int(a), Val::Int(b)) => Val::Bool(a > b),
            (CmpOp::GtE, Val::Int(a), Val::Int(b)) => Val::Bool(a >= b),
            (CmpOp::In, a, Val::List(items)) if items.iter().all(|item| item.truth().is_some()) => {
                Val::Bool(items.contains(&a))
            }
            (CmpOp::NotIn, a, Val::List(items)) if items.iter().all(|item| item.truth().is_some()) => {
                Val::Bool(!items.contains(&a))
            }
            _ => Val::code("is compared"),
        }
    }
}
