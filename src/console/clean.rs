//! Takes from foreign text what would steer a terminal.

/// The text without control characters but tab and newline; colour stays where it is wanted, and is reset at the end.
pub(super) fn for_terminal(text: &str, colour: bool) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut coloured = false;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_control() && c != '\t' && c != '\n') {
        clean.push_str(&rest[..start]);
        let (kept, after) = sequence(&rest[start..]);
        if let Some(kept) = kept.filter(|_| colour) {
            clean.push_str(kept);
            coloured = true;
        }
        rest = after;
    }
    clean.push_str(rest);
    if coloured {
        clean.push_str("\u{1b}[0m");
    }
    clean
}

/// The text on one line, without any control characters.
pub(super) fn one_line(text: &str) -> String {
    for_terminal(text, false).replace(['\n', '\t'], " ")
}

/// Splits off the control character or sequence that the text begins with: what of it is kept (a colour), and what follows.
fn sequence(text: &str) -> (Option<&str>, &str) {
    let mut chars = text.chars();
    let first = chars.next();
    let (opener, body) = match (first, chars.clone().next()) {
        (Some('\u{1b}'), Some(opener)) if !opener.is_control() => (opener, &text[1 + opener.len_utf8()..]),
        (Some('\u{9b}'), _) => ('[', chars.as_str()),
        (Some('\u{9d}'), _) => (']', chars.as_str()),
        _ => return (None, chars.as_str()),
    };
    match opener {
        '[' => control_sequence(text, body, first == Some('\u{1b}')),
        // Strings (titles, links, device control) run to their terminator; without one nothing but the opener goes.
        ']' | 'P' | 'X' | '^' | '_' => (None, after_string(body)),
        _ => (None, body),
    }
}

/// A control sequence: kept when it is SGR (`ESC [ digits ; : m`).
fn control_sequence<'a>(text: &'a str, body: &'a str, plain: bool) -> (Option<&'a str>, &'a str) {
    let Some(end) = body.find(|c: char| !matches!(c, ' '..='?')) else { return (None, "") };
    let parameters = &body[..end];
    let last = body[end..].chars().next().unwrap_or('m');
    if last.is_control() {
        return (None, &body[end..]);
    }
    let after = &body[end + last.len_utf8()..];
    let colour = plain && last == 'm' && parameters.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':');
    (colour.then(|| &text[..text.len() - after.len()]), after)
}

fn after_string(body: &str) -> &str {
    let ends = [("\u{7}", 1), ("\u{1b}\\", 2), ("\u{9c}", 2)];
    let end = ends.iter().filter_map(|(mark, length)| body.find(mark).map(|found| found + length)).min();
    end.map_or(body, |end| &body[end..])
}
