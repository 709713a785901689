//! Expressions, worked out as far as constants reach.

use ruff_python_ast::{
    BoolOp, DictItem, Expr, ExprBinOp, ExprBoolOp, ExprFString, ExprIf, ExprSlice, ExprUnaryOp, FStringPart,
    InterpolatedStringElement, Number, Operator, UnaryOp,
};
use ruff_text_size::{Ranged as _, TextRange};

use super::calls::{BUILTINS, LOCAL};
use super::exec::Exec;
use super::value::{Call, Val};

/// The most edges that one arrow between lists may make.
const MOST_ELEMENTS: usize = 1_000;

impl<'a> Exec<'a> {
    /// The value of an expression; calls in it are followed.
    pub(super) fn value(&mut self, expression: &'a Expr) -> Val {
        if !self.step() {
            return Val::code("takes too many steps to be followed");
        }
        match expression {
            Expr::NoneLiteral(_) => Val::None,
            Expr::BooleanLiteral(literal) => Val::Bool(literal.value),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(int) => int.as_i64().map_or_else(|| Val::code("is a very large number"), Val::Int),
                Number::Float(float) => Val::Float(*float),
                Number::Complex { .. } => Val::code("is a complex number"),
            },
            Expr::StringLiteral(literal) => Val::Text(literal.value.to_str().to_owned()),
            Expr::FString(text) => self.template(text),
            Expr::Name(name) => self.name(&name.id),
            Expr::Attribute(attribute) => {
                let of = self.value(&attribute.value);
                self.attribute(of, &attribute.attr)
            }
            Expr::Subscript(subscript) => {
                let of = self.value(&subscript.value);
                if let Expr::Slice(slice) = &*subscript.slice {
                    return self.slice(of, slice);
                }
                let key = self.value(&subscript.slice);
                subscripted(of, &key)
            }
            Expr::Call(call) => self.call(call),
            Expr::List(list) => self.list(&list.elts),
            Expr::Tuple(list) => self.list(&list.elts),
            Expr::Set(list) => self.list(&list.elts),
            Expr::Dict(dict) => self.dict(&dict.items),
            Expr::BinOp(operation) => self.operation(operation),
            Expr::BoolOp(operation) => self.either_value(operation),
            Expr::UnaryOp(operation) => self.unary(operation),
            Expr::Compare(compare) => self.compare(compare),
            Expr::If(choice) => self.conditional(choice),
            Expr::Named(named) => {
                let value = self.value(&named.value);
                self.bind(&named.target, value.clone());
                value
            }
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::Generator(_) | Expr::DictComp(_) => {
                self.comprehended(expression)
            }
            Expr::Starred(starred) => {
                self.value(&starred.value);
                Val::code("is spread")
            }
            Expr::Lambda(lambda) => self.lambda(lambda, expression.range()),
            Expr::BytesLiteral(_) | Expr::TString(_) | Expr::EllipsisLiteral(_) | Expr::Slice(_) => {
                Val::code("is no plain value")
            }
            Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::IpyEscapeCommand(_) => {
                Val::code("is computed")
            }
        }
    }

    /// `of[from:to]`, of a text or a list.
    fn slice(&mut self, of: Val, slice: &'a ExprSlice) -> Val {
        let mut bound = |part: &'a Option<Box<Expr>>| part.as_deref().map_or(Val::None, |part| self.value(part));
        let (from, to, step) = (bound(&slice.lower), bound(&slice.upper), bound(&slice.step));
        match (of, step) {
            (Val::Text(text), Val::None) => {
                let letters: Vec<char> = text.chars().collect();
                let cut = between(letters.len(), &from, &to).map(|range| Val::Text(letters[range].iter().collect()));
                cut.unwrap_or_else(|| Val::code("is cut where it is not known"))
            }
            (Val::List(items), Val::None) => {
                let cut = between(items.len(), &from, &to).map(|range| Val::List(items[range].to_vec()));
                cut.unwrap_or_else(|| Val::code("is cut where it is not known"))
            }
            (Val::Code(why), _) => Val::Code(why),
            _ => Val::code("is cut out of what is not known"),
        }
    }

    fn unary(&mut self, operation: &'a ExprUnaryOp) -> Val {
        match (operation.op, self.value(&operation.operand)) {
            (UnaryOp::Not, value) => {
                value.truth().map_or_else(|| Val::code("depends on a condition"), |truth| Val::Bool(!truth))
            }
            (UnaryOp::USub, Val::Int(number)) => Val::Int(number.wrapping_neg()),
            (UnaryOp::USub, Val::Float(number)) => Val::Float(-number),
            (UnaryOp::UAdd, value) => value,
            _ => Val::code("is computed"),
        }
    }

    fn conditional(&mut self, choice: &'a ExprIf) -> Val {
        match self.value(&choice.test).truth() {
            Some(true) => self.value(&choice.body),
            Some(false) => self.value(&choice.orelse),
            None => {
                let (one, other) = (self.value(&choice.body), self.value(&choice.orelse));
                if one == other { one } else { Val::code("depends on a condition") }
            }
        }
    }

    fn comprehended(&mut self, expression: &'a Expr) -> Val {
        match expression {
            Expr::ListComp(made) => self.comprehension(&made.generators, Some(&made.elt), None),
            Expr::SetComp(made) => self.comprehension(&made.generators, Some(&made.elt), None),
            Expr::Generator(made) => self.comprehension(&made.generators, Some(&made.elt), None),
            Expr::DictComp(made) => self.comprehension(&made.generators, made.key.as_deref(), Some(&made.value)),
            _ => Val::code("is computed"),
        }
    }

    fn name(&mut self, name: &str) -> Val {
        match self.lookup(name).cloned() {
            Some(value) => {
                self.pay(&value);
                value
            }
            None => match name {
                "__file__" => Val::File(0),
                "__name__" => Val::code("is the module's name, which Airflow makes up"),
                "TYPE_CHECKING" => Val::Bool(false),
                _ if BUILTINS.contains(&name) => Val::Path(format!("builtins.{name}")),
                _ => Val::Code(format!("comes from `{name}`, which this file does not set")),
            },
        }
    }

    /// An attribute of a value.
    pub(super) fn attribute(&self, of: Val, name: &str) -> Val {
        match of {
            Val::Path(mut path) => {
                let class = path.strip_prefix(LOCAL).and_then(|class| self.classes.get(class));
                match class.and_then(|attributes| attributes.get(name)) {
                    Some(value) => value.clone(),
                    None if path == "typing" && name == "TYPE_CHECKING" => Val::Bool(false),
                    None => {
                        path.push('.');
                        path.push_str(name);
                        Val::Path(path)
                    }
                }
            }
            Val::Dag(dag) if name == "dag_id" => {
                let made = &self.module.made[dag];
                let named = made.function.clone().map(Val::Text);
                made.call.argument(0, "dag_id").cloned().or(named).unwrap_or_else(|| Val::code("has no id"))
            }
            Val::Task(task) if name == "output" => Val::Task(task),
            of @ Val::Task(_) if name == "outlets" => Val::Get(Box::new(of), Box::new(Val::Text(name.to_owned()))),
            Val::File(up) if name == "parent" => Val::File(up + 1),
            Val::File(up) if name == "stem" || name == "name" => self.file_name(up, name == "stem"),
            of @ Val::Get(..) => of.item(&Val::Text(name.to_owned())),
            Val::Code(why) => Val::Code(why),
            Val::Call(call) => Val::Code(format!("reads `{name}` of what `{}` gives", call.name)),
            _ => Val::Code(format!("reads the attribute `{name}`")),
        }
    }

    /// The name of this file, or of a folder that many above it.
    pub(super) fn file_name(&self, up: usize, stem: bool) -> Val {
        let part = self.module.path.rsplit('/').nth(up);
        match part {
            Some(name) if stem => Val::Text(name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()),
            Some(name) => Val::Text(name.to_owned()),
            None => Val::code("is the name of a folder outside the repository"),
        }
    }

    fn template(&mut self, text: &'a ExprFString) -> Val {
        let mut whole = Val::Text(String::new());
        for part in &text.value {
            match part {
                FStringPart::Literal(literal) => whole = whole.plus(Val::Text(literal.value.to_string())),
                FStringPart::FString(template) => {
                    for element in &template.elements {
                        let next = self.element(element);
                        whole = whole.plus(next);
                    }
                }
            }
        }
        whole
    }

    fn element(&mut self, element: &'a InterpolatedStringElement) -> Val {
        match element {
            InterpolatedStringElement::Literal(literal) => Val::Text(literal.value.to_string()),
            InterpolatedStringElement::Interpolation(inner) => {
                let value = self.value(&inner.expression);
                if inner.format_spec.is_some() || inner.debug_text.is_some() || inner.conversion.to_char().is_some() {
                    return match value {
                        Val::Code(why) => Val::Code(why),
                        _ => Val::code("formats a value"),
                    };
                }
                value.joined()
            }
        }
    }

    fn list(&mut self, items: &'a [Expr]) -> Val {
        let mut values = Vec::with_capacity(items.len().min(64));
        let mut unknown = None;
        for item in items {
            match item {
                Expr::Starred(starred) => match self.value(&starred.value) {
                    Val::List(more) => values.extend(more),
                    Val::Code(why) => unknown = Some(why),
                    _ => unknown = Some("spreads what is not known".to_owned()),
                },
                item => {
                    let value = self.value(item);
                    values.push(value);
                }
            }
        }
        unknown.map_or_else(|| Val::List(values).bounded(), Val::Code)
    }

    fn dict(&mut self, items: &'a [DictItem]) -> Val {
        let mut values = Vec::with_capacity(items.len().min(64));
        let mut unknown = None;
        for item in items {
            let value = self.value(&item.value);
            match (&item.key, value) {
                (Some(key), value) => {
                    let key = self.value(key);
                    values.push((key, value));
                }
                (None, Val::Dict(more)) => values.extend(more),
                (None, Val::Code(why)) => unknown = Some(why),
                (None, _) => unknown = Some("spreads what is not known".to_owned()),
            }
        }
        unknown.map_or_else(|| Val::Dict(values).bounded(), Val::Code)
    }

    fn operation(&mut self, operation: &'a ExprBinOp) -> Val {
        let (left, right) = (self.value(&operation.left), self.value(&operation.right));
        match (operation.op, left, right) {
            (Operator::Add, left, right) => left.plus(right),
            (Operator::RShift, left, right) => {
                self.edges(&left, &right, operation.range());
                right
            }
            (Operator::LShift, left, right) => {
                self.edges(&right, &left, operation.range());
                right
            }
            (_, Val::Code(why), _) | (_, _, Val::Code(why)) => Val::Code(why),
            (Operator::Mod, Val::Text(format), right) => super::methods::percent(&format, right),
            (Operator::Sub, Val::Int(a), Val::Int(b)) => {
                a.checked_sub(b).map_or_else(|| Val::code("overflows"), Val::Int)
            }
            (Operator::Mult, Val::Int(a), Val::Int(b)) => {
                a.checked_mul(b).map_or_else(|| Val::code("overflows"), Val::Int)
            }
            (Operator::BitOr, Val::Dict(mut a), Val::Dict(b)) => {
                a.extend(b);
                Val::Dict(a).bounded()
            }
            (op @ (Operator::BitOr | Operator::BitAnd), left, right) => {
                let name = if op == Operator::BitOr { "any" } else { "all" };
                Val::Call(Box::new(Call {
                    name: name.to_owned(),
                    args: vec![left, right],
                    named: Vec::new(),
                    range: operation.range(),
                }))
                .bounded()
            }
            (Operator::Div, Val::File(up), Val::Text(_)) => Val::Code(format!("is a path, {up} folders up")),
            _ => Val::code("is computed"),
        }
    }

    /// `from >> to`, of tasks and lists of tasks.
    pub(super) fn edges(&mut self, from: &Val, to: &Val, range: TextRange) {
        let (from, to) = (tasks(from), tasks(to));
        if from.len() * to.len() > MOST_ELEMENTS {
            return;
        }
        for a in &from {
            self.edges.extend(to.iter().map(|b| (*a, *b, range)));
        }
    }

    fn either_value(&mut self, operation: &'a ExprBoolOp) -> Val {
        let stops = operation.op == BoolOp::Or;
        let mut last = Val::None;
        for (number, value) in operation.values.iter().enumerate() {
            last = self.value(value);
            if number + 1 == operation.values.len() {
                break;
            }
            match last.truth() {
                Some(truth) if truth == stops => return last,
                Some(_) => {}
                None => {
                    for rest in &operation.values[number + 1..] {
                        self.value(rest);
                    }
                    return match last {
                        Val::Code(why) => Val::Code(why),
                        _ => Val::code("depends on a condition"),
                    };
                }
            }
        }
        last
    }
}

fn subscripted(of: Val, key: &Val) -> Val {
    match (of, key) {
        (Val::Path(path), Val::Text(name)) if path == "os.environ" => {
            Val::Code(format!("reads the environment variable `{name}`"))
        }
        (Val::Task(task), _) => Val::Task(task),
        (of, key) => of.item(key),
    }
}

/// Which of so many parts lie between two bounds, of which a negative one counts from the end.
fn between(length: usize, from: &Val, to: &Val) -> Option<std::ops::Range<usize>> {
    let at = |bound: &Val, other: usize| match bound {
        Val::None => Some(other),
        Val::Int(at) if *at < 0 => Some(length.saturating_sub(usize::try_from(at.unsigned_abs()).ok()?)),
        Val::Int(at) => Some(usize::try_from(*at).ok()?.min(length)),
        _ => None,
    };
    let (from, to) = (at(from, 0)?, at(to, length)?);
    Some(from..to.max(from))
}

/// The tasks in a value.
fn tasks(value: &Val) -> Vec<usize> {
    match value {
        Val::Task(task) => vec![*task],
        Val::List(items) => {
            items.iter().filter_map(|item| if let Val::Task(task) = item { Some(*task) } else { None }).collect()
        }
        _ => Vec::new(),
    }
}
