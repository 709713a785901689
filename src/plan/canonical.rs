//! One spelling for a value: what is equal is written equally, whatever the order of keys or the sort of a number.

use std::fmt::{self, Write as _};

use serde_json::{Map, Number, Value};

/// Whole numbers up to here are exact in an `f64` (2⁵³).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The value with keys sorted and whole numbers as integers: `1.0` becomes `1`.
pub fn canonical(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
        Value::Number(number) => Value::Number(whole(number)),
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), canonical(value))).collect();
            // serde_json keeps the order of insertion here (`preserve_order`), so the order is ours to make.
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(Map::from_iter(entries))
        }
    }
}

fn whole(number: &Number) -> Number {
    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and below 2^53")]
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => (float as i64).into(),
        _ => number.clone(),
    }
}

/// The canonical JSON text of a value.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _infallible = write_to(&mut out, value);
    out
}

/// The JSON text of a string.
pub fn quoted(string: &str) -> String {
    let mut out = String::with_capacity(string.len() + 2);
    let _infallible = quote(&mut out, string);
    out
}

fn quote(out: &mut String, string: &str) -> fmt::Result {
    // Most strings need no escape at all.
    if string.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.extend(["\"", string, "\""]);
        return Ok(());
    }
    write!(out, "{}", Value::from(string))
}

/// The text of [`canonical`], without making that value first.
fn write_to(out: &mut String, value: &Value) -> fmt::Result {
    match value {
        Value::Null | Value::Bool(_) => write!(out, "{value}"),
        Value::String(string) => quote(out, string),
        Value::Number(number) => write!(out, "{}", whole(number)),
        Value::Array(items) => {
            let mut before = '[';
            for item in items {
                out.push(std::mem::replace(&mut before, ','));
                write_to(out, item)?;
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
            Ok(())
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let mut before = '{';
            for (key, value) in &entries {
                out.push(std::mem::replace(&mut before, ','));
                quote(out, key)?;
                out.push(':');
                write_to(out, value)?;
            }
            out.push_str(if entries.is_empty() { "{}" } else { "}" });
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn order_of_keys_and_sort_of_number_do_not_matter() {
        let one: Value = serde_json::from_str(r#"{"b":[1.0,{"z":-0.0,"y":2}],"a":1e3}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a":1000,"b":[1,{"y":2.0,"z":0}]}"#).unwrap();
        assert_eq!(text(&one), text(&other));
        assert_eq!(text(&one), r#"{"a":1000,"b":[1,{"y":2,"z":0}]}"#);
    }

    proptest::proptest! {
        #[test]
        fn the_text_is_the_canonical_value_s_own(value in any_value()) {
            proptest::prop_assert_eq!(text(&value), canonical(&value).to_string());
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((".{0,3}", inner), 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn what_differs_stays_different() {
        for (a, b) in
            [(json!(1), json!("1")), (json!(1.5), json!(1)), (json!(null), json!([])), (json!([1, 2]), json!([2, 1]))]
        {
            assert_ne!(text(&a), text(&b));
        }
        assert_eq!(text(&json!(1e300)), "1e+300", "a number that no integer holds is left as it is");
    }
}
