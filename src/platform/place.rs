//! What tells one environment of a platform from every other. Pure.
//!
//! The name of an environment never travels to some platforms: the key alone decides where a deploy goes. So what a key leads
//! to is compared: with what other keys lead to, and with what was recorded of the releases.

/// Between the marks of a reference.
const BETWEEN: char = '+';
/// Before the marks that do not last.
const FLEETING: char = '~';
/// Before what a platform adds of a deploy of its own.
const DEPLOY: char = '/';
/// How many marks are recorded with a release: as many as a GitHub deployment's status has room for.
const RECORDED: usize = 5;
/// How many of them are such as last, where there are others too.
const LASTING: usize = 4;

/// A place to deploy to, as one key saw it.
///
/// A mark is something that no other place has, in a few letters and digits: whoever shares one is at the same place. Those that
/// last tell two places apart too, for one that lost all of them was made anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    lasting: Vec<String>,
    fleeting: Vec<String>,
    sight: Option<Sight>,
}

/// What can be seen of a place beside its marks. Two places may look alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// What is seen: compared, and never shown.
    pub of: String,
    /// What would tell such places apart.
    pub wanting: String,
}

/// How one place stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness<'p> {
    /// They are one.
    Same,
    /// They are two.
    Other,
    /// They look alike, and no mark tells; what would.
    Alike(&'p str),
    /// Nothing can be said.
    Unknown,
}

impl Place {
    /// A place that has a name of its own.
    pub fn named(name: String) -> Self {
        Self { lasting: vec![name], ..Self::default() }
    }

    /// A place by its marks, the most lasting first; `None` where there is nothing to tell it by.
    pub fn of(lasting: Vec<String>, fleeting: Vec<String>, sight: Option<Sight>) -> Option<Self> {
        let place = Self { lasting, fleeting, sight };
        (place != Self::default()).then_some(place)
    }

    /// What is recorded of it with a release: few marks, so that a place is known again when some of them are gone. `None` where
    /// it has no mark.
    pub fn reference(&self) -> Option<String> {
        let lasting = self.lasting.len().min(if self.fleeting.is_empty() { RECORDED } else { LASTING });
        let fleeting = self.fleeting.len().min(RECORDED - lasting);
        let joined = |marks: &[String]| marks.join(&BETWEEN.to_string());
        let text = joined(&self.lasting[..lasting]);
        match fleeting {
            0 => Some(text).filter(|text| !text.is_empty()),
            some => Some(format!("{text}{FLEETING}{}", joined(&self.fleeting[..some]))),
        }
    }

    /// The place that a release's reference tells.
    fn recorded(reference: &str) -> Self {
        let place = reference.split_once(DEPLOY).map_or(reference, |(place, _)| place);
        let (lasting, fleeting) = place.split_once(FLEETING).unwrap_or((place, ""));
        let marks = |text: &str| -> Vec<String> {
            text.split(BETWEEN).filter(|mark| !mark.is_empty()).map(str::to_owned).collect()
        };
        Self { lasting: marks(lasting), fleeting: marks(fleeting), sight: None }
    }

    /// How it stands to another place.
    pub fn to<'p>(&'p self, other: &Self) -> Likeness<'p> {
        let share = |one: &[String], two: &[String]| one.iter().any(|mark| two.contains(mark));
        if share(&self.lasting, &other.lasting) || share(&self.fleeting, &other.fleeting) {
            return Likeness::Same;
        }
        if !self.lasting.is_empty() && !other.lasting.is_empty() {
            return Likeness::Other;
        }
        match (&self.sight, &other.sight) {
            // Two that were looked at in one run, each with marks that nobody shares, need not look otherwise too.
            (Some(_), Some(_)) if !self.fleeting.is_empty() && !other.fleeting.is_empty() => Likeness::Unknown,
            (Some(sight), Some(theirs)) if sight.of == theirs.of => Likeness::Alike(&sight.wanting),
            _ => Likeness::Unknown,
        }
    }

    /// How it stands to the place of a release.
    pub fn to_release(&self, reference: &str) -> Likeness<'_> {
        self.to(&Self::recorded(reference))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a b~c`: the marks that last, and those that do not.
    fn place(text: &str) -> Place {
        let (lasting, fleeting) = text.split_once('~').unwrap_or((text, ""));
        let marks = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Place { lasting: marks(lasting), fleeting: marks(fleeting), sight: None }
    }

    #[test]
    fn a_place_is_known_again_by_any_of_its_marks() {
        let cases = [
            ("a", "a", Likeness::Same),
            ("a b", "b c", Likeness::Same),
            ("a b", "c d", Likeness::Other),
            ("a~x", "c~x", Likeness::Same),
            ("a~x", "c~y", Likeness::Other),
            // What does not last says nothing when it is gone.
            ("~x", "~y", Likeness::Unknown),
            ("~x", "a", Likeness::Unknown),
            ("a", "", Likeness::Unknown),
            // A mark of one sort is none of the other.
            ("x", "~x", Likeness::Unknown),
        ];
        for (one, two, likeness) in cases {
            assert_eq!(place(one).to(&place(two)), likeness, "{one} to {two}");
            let recorded = place(two).reference().unwrap_or_default();
            assert_eq!(place(one).to_release(&recorded), likeness, "{one} to the release at {recorded}");
            assert_eq!(place(one).to_release(&format!("{recorded}/7")), likeness, "{one} to a deploy at {recorded}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_never_called_the_same() {
        let seen = |of: &str, lasting: &[&str]| Place {
            lasting: lasting.iter().map(|mark| (*mark).to_owned()).collect(),
            fleeting: Vec::new(),
            sight: Some(Sight { of: of.to_owned(), wanting: "a scope".to_owned() }),
        };
        assert_eq!(seen("3 functions", &[]).to(&seen("3 functions", &[])), Likeness::Alike("a scope"));
        assert_eq!(seen("3 functions", &[]).to(&seen("4 functions", &[])), Likeness::Unknown);
        assert_eq!(seen("3 functions", &["a"]).to(&seen("3 functions", &["b"])), Likeness::Other);
        assert_eq!(seen("3 functions", &[]).reference(), None, "nothing of it is recorded");
        assert_eq!(Place::of(Vec::new(), Vec::new(), None), None);
    }

    #[test]
    fn a_reference_is_short_and_keeps_what_lasts() {
        let many: Vec<String> = (0..50).map(|number| format!("{number:016x}")).collect();
        let whole = Place { lasting: many.clone(), fleeting: many, sight: None };
        let reference = whole.reference().unwrap();
        assert!(reference.len() <= 96, "{} characters", reference.len());
        assert_eq!(whole.to_release(&reference), Likeness::Same);
        assert_eq!(Place::named("clx0".to_owned()).reference().as_deref(), Some("clx0"));
        assert_eq!(Place::named("clx0".to_owned()).to_release("clx0/clx9"), Likeness::Same);
        assert_eq!(Place::named("clx0".to_owned()).to_release("clx01/clx9"), Likeness::Other);
    }

    proptest::proptest! {
        #[test]
        fn any_recorded_text_is_taken(text in ".{0,120}", mark in "[0-9a-f]{4}") {
            let known = Place::named(mark).to_release(&text) == Likeness::Same;
            proptest::prop_assert!(!known || !text.is_empty());
        }
    }
}
