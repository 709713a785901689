//! Texts made to hurt: deep, long, broken, random.

use proptest::prelude::*;

use super::*;

/// The codes of what is found in a file of this text.
fn codes(text: &str) -> Vec<String> {
    read(&[("dags/x.py", text)]).findings.into_iter().map(|finding| finding.code.into_owned()).collect()
}

#[test]
fn deep_brackets_are_a_finding() {
    for opening in ["[", "(", "{", "f(", "x = {1: ", "lambda: (", "a[", "f'{(", "match x:\n case ("] {
        for depth in [5_000, 100_000] {
            let found = codes(&opening.repeat(depth));
            assert!(found.iter().any(|code| code == "too-deep"), "{opening} {found:?}");
        }
    }
    assert_eq!(codes(&format!("x = {}{}", "[".repeat(200), "]".repeat(200))), Vec::<String>::new());
}

#[test]
fn long_chains_without_brackets_are_survived() {
    for (before, link, after) in [
        ("x = ", "a+", "a"),
        ("x = ", "- ", "a"),
        ("x = ", "not ", "a"),
        ("x = ", "a**", "a"),
        ("x = ", "a if b else ", "c"),
        ("x = ", "lambda: ", "a"),
        ("x = ", "await ", "a"),
        ("x = a", ".b", ""),
        ("x = a", "()", ""),
        ("x = a", "[0]", ""),
        ("x = ", "a and ", "b"),
        ("x = ", "a < ", "b"),
        ("x = ", "'a' ", ""),
        ("x = ", "f'{a}' ", ""),
        ("x = ", "a := ", "b"),
        ("", "a = ", "b"),
        ("", "async ", "b"),
        ("", "@a\n", "def f(): pass"),
        ("x = f'", "{a:", "'"),
        ("if a: pass\n", "elif a: pass\n", ""),
    ] {
        codes(&format!("{before}{}{after}\n", link.repeat(20_000)));
    }
    let mut indented = String::new();
    for level in 0..500 {
        indented.push_str(&format!(
            "{}if x:
",
            " ".repeat(level)
        ));
    }
    assert_eq!(codes(&indented), ["too-deep"]);
}

#[test]
fn the_largest_file_of_the_costliest_chain_is_survived() {
    let largest = usize::try_from(crate::tree::LARGEST_FILE).unwrap();
    assert_eq!(codes(&format!("x={}a", "-".repeat(largest - 3))), ["too-deep"]);
}

#[test]
fn what_grows_at_every_step_or_never_ends_is_cut() {
    let mut text =
        String::from("from airflow.sdk import DAG\na0 = ['x', 'y']\nt0 = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\n");
    for step in 1..40 {
        let before = step - 1;
        text.push_str(&format!("a{step} = [*a{before}, *a{before}]\nt{step} = t{before} + t{before}\n"));
    }
    text.push_str("d = DAG('a', tags=a39, description=t39)\n");
    let extracted = read(&[("dags/x.py", &text)]);
    let dag = extracted.manifest.resources.into_values().next().unwrap();
    assert_eq!(dynamic(&dag, "tags"), "is too large to be read");
    dynamic(&dag, "description");
    for endless in [
        "def f(): return f()\nd = f()\n",
        "def f(): f(); f(); f()\nf()\n",
        "for a in range(999):\n  for b in range(999):\n    for c in range(999):\n      d = a\n",
        "while True:\n    x = 1\n",
        "x = [a for a in [b for b in range(999)]]\n",
        "def f(n):\n  for x in range(900): f(n)\nf(1)\n",
    ] {
        codes(&format!("# airflow dag\n{endless}"));
    }
}

#[test]
fn files_that_hand_a_name_round_are_survived() {
    let extracted = read(&[
        (
            "dags/x.py",
            "from airflow.sdk import DAG\nfrom include.a import N\nd = DAG(N)\nfrom include.a import make\nmake()\n",
        ),
        ("include/a.py", "from include.b import N, make\n"),
        ("include/b.py", "from include.a import N, make\n"),
    ]);
    assert!(extracted.findings.iter().any(|finding| finding.code == "dag-dynamic"));
}

/// A file in many pieces, so that pieces can be taken out, doubled and swapped.
fn pieces() -> Vec<&'static str> {
    let text: &'static str = "from airflow.sdk import DAG , dag , task \n from include . a import * \n ID = f'{ 1 }_x' \n @dag ( 'a' , schedule = None , ** K ) \n def f ( a , * b , c = 1 ) : \n     return [ x for x in range ( 3 ) if x ] \n f ( ) \n with DAG ( ID + 'b' , params = { 'x' : - 1 } ) as d : \n     t = T ( task_id = 'a' ) >> [ T ( task_id = 'b' ) ] << t \n for i , j in { 'a' : 1 } . items ( ) : \n     globals ( ) [ i ] = DAG ( '%s' % i ) \n if __name__ == '__main__' : \n     d . test ( ) \n try : \n     import x \n except E as e : \n     raise \n class C ( DAG ) : \n     A = '{{ var.value.x }}' \n lambda : ( yield ) \n x [ 'a' ] += 1 \n match x : \n     case [ _ ] : \n         del x \n";
    text.split(' ').collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        codes(&text);
    }

    #[test]
    fn any_heap_of_tokens_is_read(tokens in prop::collection::vec(prop::sample::select(pieces()), 0..80)) {
        codes(&tokens.join(" "));
    }

    #[test]
    fn a_real_file_with_wounds_is_read(wounds in prop::collection::vec((0_usize..400, 0_usize..400, 0_u8..4), 0..6)) {
        let mut tokens = pieces();
        for (at, other, how) in wounds {
            let (at, other) = (at % tokens.len().max(1), other % tokens.len().max(1));
            match how {
                _ if tokens.is_empty() => {}
                0 => { tokens.remove(at); }
                1 => tokens.insert(at, tokens[other]),
                2 => tokens.swap(at, other),
                _ => tokens.truncate(at + 1),
            }
        }
        codes(&tokens.join(" "));
    }
}
