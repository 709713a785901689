//! What a maintainer is told where a person releases.

use super::world::{World, lane};
use crate::applied::{ByHand, Ending, StepState, Verified};
use crate::outcome::sealed::Sealed;
use crate::release::ReleaseKind;
use crate::report::{CheckConclusion, Limit, check_run, summary, terminal};

pub(super) fn prepared() -> Sealed {
    let by_hand = ByHand {
        place: "Paragon's dashboard".to_owned(),
        steps: vec![
            "Open the project of prod, and a release from the environment before it.".to_owned(),
            "Deploy the release.".to_owned(),
        ],
        names_releases: true,
    };
    let ending = Ending::Prepared { by_hand };
    let not_sent = Verified::Unverified { why: "nothing was sent".to_owned() };
    let lane = lane("prod", "2.5.0")
        .production()
        .runs("2.4.1", '9')
        .adds("workflow salesforce/Sync contacts", &[])
        .ended(ReleaseKind::Promote, None, ending, not_sent, &StepState::NotTried);
    World::dispatch().passed(212).lane(lane).sealed()
}

#[test]
fn what_a_person_releases_is_a_list_to_tick_off() {
    insta::assert_snapshot!(summary(&prepared(), Limit::SUMMARY), @r"
    ### ⚠️ prod: `2.5.0` is prepared, and released by hand

    **Nothing was sent:** a person releases it · commit [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) · +1 ~0 · before: `2.4.1` ([`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999))

    To do in **Paragon's dashboard**:

    - [ ] Open the project of prod, and a release from the environment before it.
    - [ ] Give it the version `2.5.0` and the description `Read issues every hour (#801)`
    - [ ] Deploy the release.

    When it runs there, say so:

    ```sh
    gh workflow run integrations.yml -f environment=prod -f mode=adopt
    ```

    | change | resource | details |
    | :-- | :-- | :-- |
    | Add | workflow `salesforce/Sync contacts` | |

    <details><summary>Checks: 212 tests passed in 41 s · compiled</summary>

    | | command | result | tests | time |
    | :-- | :-- | :-- | :-- | :-- |
    | Install | `npm ci` | passed | | 12 s |
    | Compile | `nango compile` | passed | | 6.1 s |
    | Test | `npx vitest run` | passed | 212 passed | 41 s |

    | slowest | time |
    | :-- | :-- |
    | `hubspot/deals › pages through all deals` | 8.2 s |

    </details>

    <details><summary>Releases of <b>prod</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `2.5.0` | 2026-09-19 12:14 UTC | [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) | ana | Read issues every hour (\#&#8203;801) | prepared, to be released by hand |
    | `2.4.1` | 2026-09-19 12:14 UTC | [`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <sub>`workflow_dispatch` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · promotes what dev runs</sub>
    ");
}

#[test]
fn a_terminal_shows_the_same_steps() {
    insta::assert_snapshot!(terminal(&prepared(), false, 100), @"
    ! prod: 2.5.0 is prepared, and released by hand

      Nothing was sent: a person releases it · commit eeeeeee · +1 ~0 · before: 2.4.1 (9999999)
      To do in Paragon's dashboard:
      [ ] Open the project of prod, and a release from the environment before it.
      [ ] Give it the version 2.5.0 and the description Read issues every hour (#801)
      [ ] Deploy the release.

      +  workflow salesforce/Sync contacts

      212 tests passed in 41 s · compiled · a1b2c3d · took 38 s

      When it runs there, say so:
      gh workflow run integrations.yml -f environment=prod -f mode=adopt
    ");
}

#[test]
fn its_check_run_is_neither_green_nor_red() {
    assert_eq!(check_run(&prepared()).conclusion, CheckConclusion::Neutral);
}
