//! Looking values up across files: an import is followed to the constant it names.

use oxc_span::Span;
use serde_json::{Map, Number, Value};

use super::module::{Binding, Export, Facts, Imported};
use super::value::{Item, Key, Prop, Val};
use super::world::{Target, World};

/// How far names and nested values are followed.
const FARTHEST: u32 = 64;

/// How many values (and times 32 bytes of text) one lookup may give.
const MOST: u32 = 50_000;

/// How many properties an object may have.
const MOST_PROPERTIES: usize = 2_000;

/// Why something is only known when the code runs: a fragment like "is made by calling `x`".
pub(in crate::platform) type Why = String;

/// A value and the module it stands in.
pub(in crate::platform) type Placed<'w> = (usize, &'w Val);

/// The properties of an object with its spreads worked in.
#[derive(Debug, Default)]
pub(in crate::platform) struct Fields<'w> {
    list: Vec<Field<'w>>,
    /// Why properties may be set or overridden that are not seen.
    fog: Option<Why>,
}

/// A property.
#[derive(Debug, Clone)]
pub(in crate::platform) struct Field<'w> {
    /// Its name.
    pub name: &'w str,
    /// Its value.
    pub value: Placed<'w>,
    /// Where it is set in the object at hand: its key, or the spread that brings it.
    pub span: Span,
    sure: bool,
}

/// What is known of one property.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform) enum Found<'f, 'w> {
    /// It is not set.
    Absent,
    /// It is set to this.
    Set(&'f Field<'w>),
    /// It may be set by what cannot be seen.
    Hidden(&'f Why),
}

impl<'w> Fields<'w> {
    /// What is known of a property.
    pub(in crate::platform) fn get(&self, name: &str) -> Found<'_, 'w> {
        match (self.list.iter().find(|field| field.name == name), &self.fog) {
            (Some(field), _) if field.sure => Found::Set(field),
            (_, Some(why)) => Found::Hidden(why),
            (Some(field), None) => Found::Set(field),
            (None, None) => Found::Absent,
        }
    }

    /// All properties, or why they are not all known.
    pub(in crate::platform) fn all(&self) -> Result<&[Field<'w>], &Why> {
        match &self.fog {
            Some(why) => Err(why),
            None => Ok(&self.list),
        }
    }

    fn set(&mut self, field: Field<'w>) {
        match self.list.iter_mut().find(|known| known.name == field.name) {
            Some(known) => *known = field,
            None => self.list.push(field),
        }
    }

    fn hide(&mut self, why: Why) {
        self.list.iter_mut().for_each(|field| field.sure = false);
        self.fog = Some(why);
    }
}

/// One lookup, with its limits.
pub(in crate::platform) struct Look<'w, 't, F> {
    world: &'w World<'t, F>,
    left: std::cell::Cell<u32>,
}

impl<'w, 't, F: Facts> Look<'w, 't, F> {
    /// A lookup.
    pub(in crate::platform) fn new(world: &'w World<'t, F>) -> Self {
        Self { world, left: std::cell::Cell::new(MOST) }
    }

    /// The properties of an object.
    pub(in crate::platform) fn fields(&self, module: usize, props: &'w [Prop]) -> Fields<'w> {
        let mut fields = Fields::default();
        self.collect(module, props, None, &mut fields, 0);
        fields
    }

    /// The properties of what should be an object.
    pub(in crate::platform) fn object(&self, (module, value): Placed<'w>) -> Result<Fields<'w>, Why> {
        match self.settle((module, value), 0)? {
            (module, Val::Object(props)) => Ok(self.fields(module, props)),
            (_, Val::Code { why, .. }) => Err(why.clone()),
            _ => Err("is not an object".to_owned()),
        }
    }

    /// The value in JSON; `None` for `undefined`.
    pub(in crate::platform) fn json(&self, value: Placed<'w>) -> Result<Option<Value>, Why> {
        self.to_json(value, 0)
    }

    /// The value behind names, imports and properties.
    pub(in crate::platform) fn settled(&self, value: Placed<'w>) -> Result<Placed<'w>, Why> {
        self.settle(value, 0)
    }

    fn spend(&self, amount: usize) -> Result<(), Why> {
        let left = self.left.get().checked_sub(u32::try_from(amount).unwrap_or(u32::MAX));
        self.left.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| "is too large to be read".to_owned())
    }

    fn collect(&self, module: usize, props: &'w [Prop], outer: Option<Span>, into: &mut Fields<'w>, depth: u32) {
        for prop in props {
            let span = outer.unwrap_or(prop.span);
            if self.spend(1).is_err() || depth > FARTHEST || into.list.len() >= MOST_PROPERTIES {
                into.hide("is too large to be read".to_owned());
                return;
            }
            match &prop.key {
                Key::Name(name) => into.set(Field { name, value: (module, &prop.value), span, sure: true }),
                Key::Computed => into.hide("may be set by a property whose name is computed".to_owned()),
                Key::Spread => match self.settle((module, &prop.value), depth) {
                    Ok((module, Val::Object(inner))) => self.collect(module, inner, Some(span), into, depth + 1),
                    Ok((_, Val::Undefined | Val::Null)) => {}
                    Ok((_, Val::Code { why, .. })) => into.hide(format!("may be set by a spread that {why}")),
                    Err(why) => into.hide(format!("may be set by a spread that {why}")),
                    Ok(_) => into.hide("may be set by a spread that is no object".to_owned()),
                },
            }
        }
    }

    fn settle(&self, (module, value): Placed<'w>, depth: u32) -> Result<Placed<'w>, Why> {
        self.spend(1)?;
        if depth > FARTHEST {
            return Err("refers to itself".to_owned());
        }
        match value {
            Val::Imported(binding) => {
                let found = self.exported(module, &self.world.modules[module].bindings[*binding], depth + 1)?;
                self.settle(found, depth + 1)
            }
            Val::Member(base, name) => {
                if let Val::Imported(binding) = base.as_ref() {
                    let binding = &self.world.modules[module].bindings[*binding];
                    if binding.what == Imported::Namespace {
                        let what = Imported::Name(name.clone());
                        let found = self.exported(module, &Binding { import: binding.import, what }, depth + 1)?;
                        return self.settle(found, depth + 1);
                    }
                }
                match self.settle((module, base), depth + 1)? {
                    (module, Val::Object(props)) => {
                        let mut fields = Fields::default();
                        self.collect(module, props, None, &mut fields, depth + 1);
                        match fields.get(name) {
                            Found::Set(field) => self.settle(field.value, depth + 1),
                            Found::Hidden(why) => Err(why.clone()),
                            Found::Absent => Ok((module, &Val::Undefined)),
                        }
                    }
                    (_, Val::Code { why, .. }) => Err(why.clone()),
                    _ => Err(format!("is the property `{}` of a value that has none to be read", name.escape_debug())),
                }
            }
            other => Ok((module, other)),
        }
    }

    /// What an import names in its file.
    pub(in crate::platform) fn exported(
        &self,
        module: usize,
        binding: &Binding,
        depth: u32,
    ) -> Result<Placed<'w>, Why> {
        self.spend(1)?;
        let import = &self.world.modules[module].imports[binding.import];
        let from = import.specifier.escape_debug();
        if depth > FARTHEST {
            return Err("refers to itself".to_owned());
        }
        let Imported::Name(name) = &binding.what else { return Err(format!("is everything that `{from}` exports")) };
        let home = match &self.world.targets[module][binding.import] {
            Target::Package => return Err(format!("comes from the package `{from}`")),
            Target::Outside | Target::Missing | Target::Unread(_) => {
                return Err(format!("comes from `{from}`, which cannot be read"));
            }
            Target::Modules(modules) => {
                modules.first().copied().ok_or_else(|| format!("comes from `{from}`, which cannot be read"))?
            }
        };
        match self.world.modules[home].exports.get(name) {
            Some(Export::Here(value)) => Ok((home, value)),
            Some(Export::There(binding)) => self.exported(home, binding, depth + 1),
            None => self
                .through_stars(home, name, depth)
                .ok_or_else(|| format!("comes from `{from}`, which does not export it")),
        }
    }

    fn through_stars(&self, home: usize, name: &str, depth: u32) -> Option<Placed<'w>> {
        let stars = &self.world.modules[home].stars;
        let through = |import: &usize| {
            self.exported(home, &Binding { import: *import, what: Imported::Name(name.to_owned()) }, depth + 1).ok()
        };
        if name == "default" { None } else { stars.iter().find_map(through) }
    }

    fn to_json(&self, value: Placed<'w>, depth: u32) -> Result<Option<Value>, Why> {
        if depth > FARTHEST {
            return Err("is too large to be read".to_owned());
        }
        let (module, value) = self.settle(value, depth)?;
        Ok(Some(match value {
            Val::Undefined => return Ok(None),
            Val::Null => Value::Null,
            Val::Bool(yes) => Value::Bool(*yes),
            Val::Number(number) => json_number(*number),
            Val::Text(text) => {
                self.spend(text.len() / 32)?;
                Value::String(text.clone())
            }
            Val::List(items) => Value::Array(self.list(module, items, depth)?),
            Val::Object(props) => {
                let fields = self.fields(module, props);
                let mut map = Map::new();
                for field in fields.all().map_err(Clone::clone)? {
                    if let Some(value) = self.to_json(field.value, depth + 1)? {
                        map.insert(field.name.to_owned(), value);
                    }
                }
                Value::Object(map)
            }
            Val::Sum(terms) => self.sum(module, terms, depth)?,
            Val::Code { why, .. } => return Err(why.clone()),
            Val::Imported(_) | Val::Member(..) => return Err("refers to itself".to_owned()),
        }))
    }

    fn list(&self, module: usize, items: &'w [Item], depth: u32) -> Result<Vec<Value>, Why> {
        let mut values = Vec::new();
        for item in items {
            match item {
                Item::One(value) => values.push(self.to_json((module, value), depth + 1)?.unwrap_or(Value::Null)),
                Item::Spread(list) => match self.settle((module, list), depth + 1)? {
                    (module, Val::List(items)) => values.extend(self.list(module, items, depth + 1)?),
                    (_, Val::Code { why, .. }) => return Err(format!("holds a spread that {why}")),
                    _ => return Err("holds a spread that is no list".to_owned()),
                },
            }
        }
        Ok(values)
    }

    /// Adds up as JavaScript does: numbers as numbers, anything with a text as text.
    fn sum(&self, module: usize, terms: &'w [Val], depth: u32) -> Result<Value, Why> {
        let mut total: Option<Value> = None;
        for term in terms {
            let term = self.to_json((module, term), depth + 1)?.unwrap_or(Value::Null);
            total = Some(match (total, term) {
                (None, first) => first,
                (Some(Value::String(text)), more) => Value::String(text + &as_text(&more)?),
                (Some(before), Value::String(text)) => Value::String(as_text(&before)? + &text),
                (Some(Value::Number(a)), Value::Number(b)) => {
                    json_number(a.as_f64().unwrap_or(f64::NAN) + b.as_f64().unwrap_or(f64::NAN))
                }
                _ => return Err("is computed".to_owned()),
            });
        }
        Ok(total.unwrap_or(Value::Null))
    }
}

/// A term inside a text; whole numbers only, for JavaScript writes others in its own way.
fn as_text(value: &Value) -> Result<String, Why> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if number.is_i64() => Ok(number.to_string()),
        Value::Bool(yes) => Ok(yes.to_string()),
        _ => Err("is computed".to_owned()),
    }
}

/// Whole numbers as such, as `JSON.stringify` writes them; what JSON has no number for is null there too.
fn json_number(number: f64) -> Value {
    // Whole and small enough to be exact, so the cast loses nothing.
    #[expect(clippy::cast_possible_truncation, reason = "checked on the line before")]
    let whole = (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64);
    match whole {
        Some(whole) => Value::Number(Number::from(whole)),
        None => Number::from_f64(number).map_or(Value::Null, Value::Number),
    }
}
