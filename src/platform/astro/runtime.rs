//! Versions of Astro's runtime: which is older, and from which a deployment can be taken to which. Pure.

use super::settings::major_of_runtime;
use crate::problem::{Fault, Problem};

/// The first runtime of Airflow 2 from which Astro takes a deployment to Airflow 3.
const BEFORE_3: &str = "12.0.0";

/// Whether a runtime is older than another: `9.1.0` than `12.0.0`, and any of these than `3.0-1`, which is of Airflow 3.
pub(super) fn is_older(one: &str, other: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        let of_airflow_3 = text.contains('-');
        let numbers = text.split(['.', '-']).map_while(|part| part.parse().ok());
        std::iter::once(u64::from(of_airflow_3)).chain(numbers).collect()
    };
    numbers(one) < numbers(other)
}

/// Refuses an image that would take a deployment to a runtime which it cannot go to.
///
/// Problems: `runtime-downgrade`, `runtime-leap`.
pub(super) fn check(image: &str, there: &str) -> Result<(), Problem> {
    let refuse = |code, text: String| Problem::new(code, Fault::Refused, text).cause("nothing was sent");
    if is_older(image, there) {
        let text = format!("the image has Astro runtime {image}, and {there} runs there");
        return Err(refuse("runtime-downgrade", text)
            .cause("an older runtime ends running tasks, and Airflow's records may be lost")
            .help("build the image on the runtime that runs there, or on a newer one"));
    }
    if major_of_runtime(image) == Some(3) && major_of_runtime(there) == Some(2) && is_older(there, BEFORE_3) {
        let text = format!("the image has Airflow 3 (runtime {image}), and runtime {there} runs there");
        return Err(refuse("runtime-leap", text)
            .help("take the deployment to runtime 12 or 13 first: Astro upgrades to Airflow 3 from those alone"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_have_an_order() {
        assert!(is_older("9.1.0", "12.0.0") && is_older("13.5.1", "3.0-1") && is_older("3.0-1", "3.0-4"));
        assert!(!is_older("12.0.0", "12.0.0") && !is_older("3.1-1", "13.5.1"));
    }

    #[test]
    fn an_image_takes_no_deployment_back_and_leaps_over_nothing() {
        let code = |image, there| check(image, there).err().map(|problem| problem.code);
        assert_eq!(code("12.1.0", "12.2.0").as_deref(), Some("runtime-downgrade"));
        assert_eq!(code("13.1.0", "3.0-4").as_deref(), Some("runtime-downgrade"));
        assert_eq!(code("3.0-4", "9.1.0").as_deref(), Some("runtime-leap"));
        assert_eq!((code("3.0-4", "12.0.0"), code("3.0-4", "3.0-4")), (None, None));
    }
}
