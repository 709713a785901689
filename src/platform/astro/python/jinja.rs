//! What a Jinja template reads: `{{ var.value.name }}`, `{{ var.json.get('name', 'default') }}`, `{{ conn.name.host }}`.

use super::module::{Use, UseKind};
use super::value::Val;

/// The names that a text reads when it is rendered.
pub(in super::super) fn reads(text: &str) -> Vec<Use> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let inner = &rest[at + 2..];
        let end = inner.find("}}").into_iter().chain(inner.find("%}")).min().unwrap_or(inner.len());
        expression(&inner[..end], &mut found);
        rest = inner.get(end + 2..).unwrap_or_default();
    }
    found
}

/// Names of templates that Airflow 3 no longer has.
const LEGACY: [&str; 12] = [
    "execution_date",
    "next_execution_date",
    "prev_execution_date",
    "prev_execution_date_success",
    "next_ds",
    "next_ds_nodash",
    "prev_ds",
    "prev_ds_nodash",
    "yesterday_ds",
    "yesterday_ds_nodash",
    "tomorrow_ds",
    "tomorrow_ds_nodash",
];

/// The names of Airflow 2 that a text reads when it is rendered.
pub(super) fn legacy(text: &str) -> Vec<&'static str> {
    let mut inner = String::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let (expression, next) = after.split_once("}}").unwrap_or((after, ""));
        inner.push_str(expression);
        inner.push(' ');
        rest = next;
    }
    let words: Vec<&str> = inner.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').collect();
    let first = |word: &&str| word.split('.').next().unwrap_or_default().to_owned();
    let read: Vec<String> = words.iter().map(first).collect();
    LEGACY.into_iter().filter(|name| read.iter().any(|word| word == name)).collect()
}

fn expression(text: &str, found: &mut Vec<Use>) {
    for (start, kind) in
        [("var.value.", UseKind::Variable), ("var.json.", UseKind::Variable), ("conn.", UseKind::Connection)]
    {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
                continue;
            }
            found.extend(name(&text[at + start.len()..], kind));
        }
    }
}

/// The name that begins here; `get('name', default)` has it in quotes.
fn name(text: &str, kind: UseKind) -> Option<Use> {
    if let Some(arguments) = text.strip_prefix("get(") {
        let quote = arguments.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (name, rest) = arguments[1..].split_once(quote)?;
        let default = rest.trim_start().starts_with(',');
        return Some(Use { kind, name: Val::Text(name.to_owned()), default });
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(text.len());
    let name = text[..end].trim_end_matches('-');
    let default =
        text[end..].trim_start_matches(|c: char| c.is_alphanumeric() || "._ ".contains(c)).starts_with("|default");
    let default = default || text[end..].trim_start().trim_start_matches('|').trim_start().starts_with("default(");
    (!name.is_empty()).then(|| Use { kind, name: Val::Text(name.to_owned()), default })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let one = |read: Use| {
            format!("{:?} {}{}", read.kind, read.name.text().unwrap_or("?"), if read.default { " or" } else { "" })
        };
        reads(text).into_iter().map(one).collect()
    }

    #[test]
    fn names_are_found_in_templates_alone() {
        assert_eq!(told("x var.value.a y"), Vec::<String>::new());
        assert_eq!(told("{{ var.value.a }} {{var.json.b.c}}"), ["Variable a", "Variable b"]);
        assert_eq!(
            told("{{ conn.my_db.host }}:{{ conn.get('other').port }}"),
            ["Connection my_db", "Connection other"]
        );
        assert_eq!(told("{{ var.value.get('x', 'y') }}{{ var.value.get(\"z\") }}"), ["Variable x or", "Variable z"]);
        assert_eq!(told("{% if var.value.flag %}x{% endif %}"), ["Variable flag"]);
        assert_eq!(told("{{ var.value.a | default('x') }}"), ["Variable a or"]);
        assert_eq!(told("{{ myvar.value.a }} {{ ti.conn.x }} {{ var.value. }} {{"), Vec::<String>::new());
    }

    #[test]
    fn names_of_airflow_2_are_seen() {
        assert_eq!(legacy("{{ execution_date.isoformat() }} {{ ds }} next_ds"), ["execution_date"]);
        assert_eq!(legacy("{{ dag_run.execution_date }}{{ macros.ds_add(next_ds, 1) }}"), ["next_ds"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(\\{\\{|\\}\\}|var\\.value\\.|conn\\.|get\\(|['\"]|[a-zü]| ){0,20}") {
            reads(&text);
            legacy(&text);
        }
    }
}
