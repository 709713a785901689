//! What the stories say.

use super::told;
use crate::report::{CheckConclusion, Limit, Written, annotations, check_run, comment, outputs, summary, terminal};

/// With `AIRLOCK_RENDER` set to a folder, writes every story there as Markdown, to be drawn by `scripts/render`.
#[test]
fn stories_can_be_looked_at() {
    let Ok(folder) = std::env::var("AIRLOCK_RENDER") else { return };
    let folder = std::path::Path::new(&folder);
    for (name, story) in told::all() {
        std::fs::write(folder.join(format!("{name}.summary.md")), summary(&story, Limit::SUMMARY)).unwrap();
        if let Some(comment) = comment(&story, Limit::COMMENT) {
            std::fs::write(folder.join(format!("{name}.comment.md")), comment).unwrap();
        }
        std::fs::write(folder.join(format!("{name}.txt")), terminal(&story, false, 100)).unwrap();
        std::fs::write(folder.join(format!("{name}.ansi")), terminal(&story, true, 100)).unwrap();
    }
}

#[test]
fn nothing_is_said_on_a_pull_request_that_changes_nothing() {
    assert_eq!(comment(&told::nothing_changes(), Limit::COMMENT), None);
}

#[test]
fn a_first_plan_says_what_is_not_known() {
    insta::assert_snapshot!(comment(&told::first_plan(), Limit::COMMENT).unwrap(), @r#"
    ### ✅ Adds 4, removes nothing · prod not known

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +4 ~0 | – | `1.0.0-dev.1` | nothing there yet |

    ❔ **prod** is not compared: `NANGO_SECRET_KEY_PROD` is not in this run and prod has no release

    | change | resource | details |
    | :-- | :-- | :-- |
    | Add | sync `github/issues` | every 1 h · starts by itself |
    | Add | sync `hubspot/contacts` | every 30 min · starts by itself |
    | Add | action `github/create-issue` | |
    | Add | on-event `github/setup` | after a connection is made |

    <sub>12 tests passed in 41 s · compiled · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn a_small_plan_fits_a_glance() {
    insta::assert_snapshot!(comment(&told::small_plan(), Limit::COMMENT).unwrap(), @r#"
    ### ✅ Adds 1, changes 1, removes nothing

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +1 ~1 | – | `2.5.0-dev.41` | live |
    | **prod** · by hand | +1 ~1 | +2 ~1 | `2.5.0` | release `2.4.1` |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | sync `github/issues` | `runs` every 1 h → every 15 min |
    | Add | sync `hubspot/deals` | every 1 h · starts by itself for 14 connections |

    ⚠️ **prod will wait:** sync `hubspot/deals` – secret `HUBSPOT_APP_ID` is read in `hubspot/syncs/deals.ts:8` and not there → add it in Nango → prod → Environment variables

    <sub>212 tests passed in 41 s · compiled · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn a_destructive_plan_says_what_is_lost_first() {
    insta::assert_snapshot!(comment(&told::destructive_plan(), Limit::COMMENT).unwrap(), @r#"
    ### 🛑 Removes 2, adds 1, changes 1 — merging lets dev remove them; prod will ask again

    | Remove | what is lost in dev | what is lost in prod |
    | :-- | :-- | :-- |
    | sync `github/old-issues` | the sync stops and its records are deleted · 3 connections | the sync stops and its records are deleted · connections not known |
    | `GithubIssueV1` of sync `github/issues` | its records are deleted | its records are deleted |

    ↪️ sync `github/issues-v2` reads like a new name of `github/old-issues`: what belongs to the old name does **not** move with it

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +1 ~1 **−2** | – | `3.0.0-dev.42` | live |
    | **prod** · by hand | +1 ~1 **−2** | – | `3.0.0` | release `2.4.1` |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | sync `github/issues` | `models` −`GithubIssueV1` · code |
    | Add | sync `github/issues-v2` | every 1 h |

    <sub>212 tests passed in 41 s · compiled · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn a_refused_promotion_says_what_to_do() {
    insta::assert_snapshot!(summary(&told::refused_promotion(), Limit::SUMMARY), @r#"
    ### ⛔ prod not changed: 2 reasons · still `2.4.1` ([`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999))

    | reason | why | what to do |
    | :-- | :-- | :-- |
    | `destructive-without-consent` | would remove sync `github/old-issues` (31 connections) and model `GithubIssueV1` of sync `github/issues` | run it again as below, if you mean it |
    | `warning-unresolved` | secret `HUBSPOT_APP_ID` is missing in prod and needed by sync `hubspot/deals` | add it in Nango → prod → Environment variables, or give `accept`: `secret-missing:hubspot/deals` |

    ```sh
    gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f consent=github/old-issues,sync:github/issues#GithubIssueV1
    ```

    **Would deploy** `3.0.0` ([`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee)): +3 ~2 **−2** · passed: tests, promoted from dev, reviewed in \#&#8203;812, ref, version, lock

    | Remove | what is lost |
    | :-- | :-- |
    | sync `github/old-issues` | the sync stops and its records are deleted · 31 connections |
    | `GithubIssueV1` of sync `github/issues` | its records are deleted |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | sync `github/issues` | `models` −`GithubIssueV1` · code |
    | Modify | sync `hubspot/contacts` | `scopes` +`deals.read` |
    | Add | sync `github/issues-v2` | every 1 h · starts by itself for 31 connections |
    | Add | sync `hubspot/deals` | every 1 h · starts by itself for 14 connections |
    | Add | action `github/create-issue` | |

    ⚠️ **prod will wait:** sync `hubspot/deals` – secret `HUBSPOT_APP_ID` is read in `hubspot/syncs/deals.ts:8` and not there

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

    <details><summary>Left on the default branch: 2 commits</summary>

    - `f00dcaf` Add the Jira syncs (\#&#8203;815)
    - `0ddba11` Rename a model (\#&#8203;816)

    </details>

    <details><summary>Releases of <b>prod</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `2.4.1` | 2026-09-19 12:14 UTC | [`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <details><summary>What <code>consent</code> would name</summary>

    - **prod**: `sync:github/issues#GithubIssueV1,sync:github/old-issues` – or the whole plan: `sha256:6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77`

    </details>

    <sub>`workflow_dispatch` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · promotes what dev runs</sub>
    "#);
}

#[test]
fn a_deploy_says_who_allowed_the_removals_and_the_way_back() {
    insta::assert_snapshot!(summary(&told::deployed_with_consent(), Limit::SUMMARY), @r#"
    ### ✅ prod now runs `3.0.0`

    **Read back:** what runs is what was sent · commit [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) · +3 ~2 **−2** · removals named by **ana** in `consent` · before: `2.4.1` ([`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999))

    | Removed | what was lost |
    | :-- | :-- |
    | sync `github/old-issues` | the sync stops and its records are deleted · 31 connections |
    | `GithubIssueV1` of sync `github/issues` | its records are deleted |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modified | sync `github/issues` | `models` −`GithubIssueV1` · code |
    | Modified | sync `hubspot/contacts` | `scopes` +`deals.read` |
    | Added | sync `github/issues-v2` | every 1 h · starts by itself for 31 connections |
    | Added | sync `hubspot/deals` | every 1 h · starts by itself for 14 connections |
    | Added | action `github/create-issue` | |

    **Back to** `2.4.1`:

    ```sh
    gh workflow run integrations.yml -f environment=prod -f mode=rollback -f version=2.4.1 -f allow-destructive=true -f consent=sync:github/issues-v2,sync:hubspot/deals,action:github/create-issue
    ```

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

    <details><summary>Left on the default branch: 2 commits</summary>

    - `f00dcaf` Add the Jira syncs (\#&#8203;815)
    - `0ddba11` Rename a model (\#&#8203;816)

    </details>

    <details><summary>Releases of <b>prod</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `3.0.0` | 2026-09-19 12:14 UTC | [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) | ana | Read issues every hour (\#&#8203;801) | ✅ |
    | `2.4.1` | 2026-09-19 12:14 UTC | [`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <sub>`workflow_dispatch` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · promotes what dev runs</sub>
    "#);
}

#[test]
fn what_runs_already_is_left_alone() {
    insta::assert_snapshot!(summary(&told::already_deployed(), Limit::SUMMARY), @r#"
    ### ⏭️ prod runs `2.4.1` already

    | | changes | version | compared with |
    | :-- | :-- | :-- | :-- |
    | **prod** · by hand | – | `2.4.1` | live |

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
    | `2.4.1` | 2026-09-19 12:14 UTC | [`aaaaaaa`](https://github.com/acme/integrations/commit/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <sub>`workflow_dispatch` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s</sub>
    "#);
}

#[test]
fn failed_tests_come_with_their_places() {
    insta::assert_snapshot!(summary(&told::failed_tests(), Limit::SUMMARY), @r#"
    ### ❌ Checks failed: 2 tests failed

    - `integrations/tests/github-issues.test.ts:31:5` `issues › maps labels`: expected \[\] to deeply equal \[ 'bug' \]
    - `integrations/tests/github-issues.test.ts:58:5` `issues › keeps the state`: expected 'open' to be 'closed'

    <details><summary><code>npx vitest run</code> ❌ exited 1 · last lines</summary>

    ```text
     FAIL  tests/github-issues.test.ts > issues > maps labels
    AssertionError: expected [] to deeply equal [ 'bug' ]
    ```

    </details>

    <details><summary>Checks: 2 of 211 tests failed, 1 skipped in 41 s · compiled</summary>

    | | command | result | tests | time |
    | :-- | :-- | :-- | :-- | :-- |
    | Install | `npm ci` | passed | | 12 s |
    | Compile | `nango compile` | passed | | 6.1 s |
    | Test | `npx vitest run` | ❌ exited 1 | 209 passed, 2 failed, 1 skipped | 41 s |

    | slowest | time |
    | :-- | :-- |
    | `hubspot/deals › pages through all deals` | 8.2 s |

    </details>

    <details><summary>Releases of <b>dev</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `2.5.0-dev.41` | 2026-09-19 12:14 UTC | [`7777777`](https://github.com/acme/integrations/commit/7777777777777777777777777777777777777777) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <sub>`push` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · a push to main deploys to dev</sub>
    "#);
}

#[test]
fn a_syntax_error_shows_its_line() {
    insta::assert_snapshot!(comment(&told::syntax_error(), Limit::COMMENT).unwrap(), @r#"
    ### ❌ Checks failed: 1 error

    - `integrations/github/syncs/issues.ts:12:3` expected `,` or `}` but found `runs` → put a comma at the end of line 11

    ```text
     --> integrations/github/syncs/issues.ts:12:3
       |
    11 |   description: 'Reads issues'
       |                              - `,` expected here
    12 |   runs: 'every 15 min',
       |   ^^^^
    ```

    <sub>[`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn a_rollback_says_what_runs_again() {
    insta::assert_snapshot!(summary(&told::rollback(), Limit::SUMMARY), @r#"
    ### ✅ prod runs `2.4.1` again, back from `3.0.0`

    **Read back:** what runs is what was sent · commit [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) · +1 ~1 · before: `3.0.0` ([`3333333`](https://github.com/acme/integrations/commit/3333333333333333333333333333333333333333))

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modified | sync `github/issues` | `runs` every 15 min → every 1 h |
    | Added | sync `github/old-issues` | every 1 h |

    **Back to** `3.0.0`:

    ```sh
    gh workflow run integrations.yml -f environment=prod -f mode=rollback -f version=3.0.0 -f allow-destructive=true -f consent=sync:github/old-issues
    ```

    <details><summary>Releases of <b>prod</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `2.4.1` | 2026-09-19 12:14 UTC | [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) | ana | Read issues every hour (\#&#8203;801) | ✅ |
    | `3.0.0` | 2026-09-19 12:14 UTC | [`3333333`](https://github.com/acme/integrations/commit/3333333333333333333333333333333333333333) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <sub>`workflow_dispatch` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · prod goes back to 2.4.1</sub>
    "#);
}

#[test]
fn a_fork_gets_the_plan_of_its_code() {
    insta::assert_snapshot!(summary(&told::fork(), Limit::SUMMARY), @r#"
    ### ✅ Changes 1, removes nothing

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +0 ~1 | – | `2.5.0-dev.42` | code of [`5555555`](https://github.com/acme/integrations/commit/5555555555555555555555555555555555555555) |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | sync `github/issues` | `runs` every 1 h → every 15 min |

    <details><summary>Checks: 214 tests passed in 41 s · compiled</summary>

    | | command | result | tests | time |
    | :-- | :-- | :-- | :-- | :-- |
    | Install | `npm ci` | passed | | 12 s |
    | Compile | `nango compile` | passed | | 6.1 s |
    | Test | `npx vitest run` | passed | 214 passed | 41 s |

    | slowest | time |
    | :-- | :-- |
    | `hubspot/deals › pages through all deals` | 8.2 s |

    </details>

    - ℹ️ no comment could be written: a fork's token may only read; the plan is in this summary

    <sub>`pull_request` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `hubspot-deals` · took 38 s · a fork gets no credentials: its code is compared with the base's code</sub>
    "#);
}

#[test]
fn a_skipped_run_says_why() {
    insta::assert_snapshot!(summary(&told::skipped(), Limit::SUMMARY), @r#"
    ### ⏭️ Nothing to do: nothing under `integrations/` changed, and branch `docs` deploys nowhere

    <sub>`push` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s</sub>
    "#);
}

#[test]
fn a_cancelled_deploy_says_what_is_not_known() {
    insta::assert_snapshot!(summary(&told::cancelled(), Limit::SUMMARY), @r#"
    ### ❌ Cancelled while dev was being changed: SIGINT after 31 s; the request to Nango was in flight

    - 👉 run `airlock` again: it reads back what is there and heals the record

    **Not read back:** there was no time left · commit [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) · +1 ~1 · before: `2.5.0-dev.41` ([`7777777`](https://github.com/acme/integrations/commit/7777777777777777777777777777777777777777))

    **Of the changes:** 2 sent, answer not known

    | how far | resource | why |
    | :-- | :-- | :-- |
    | ❔ sent | sync `github/issues` | the answer is not known |
    | ❔ sent | sync `hubspot/deals` | the answer is not known |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | sync `github/issues` | `runs` every 1 h → every 15 min |
    | Add | sync `hubspot/deals` | every 1 h |

    **Back to** `2.5.0-dev.41`:

    ```sh
    gh workflow run integrations.yml -f environment=dev -f mode=rollback -f version=2.5.0-dev.41 -f allow-destructive=true -f consent=sync:hubspot/deals
    ```

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

    <details><summary>Releases of <b>dev</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `2.5.0-dev.42` | 2026-09-19 12:14 UTC | [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) | ana | Read issues every hour (\#&#8203;801) | cancelled |
    | `2.5.0-dev.41` | 2026-09-19 12:14 UTC | [`7777777`](https://github.com/acme/integrations/commit/7777777777777777777777777777777777777777) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <sub>`push` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · a push to main deploys to dev</sub>
    "#);
}

#[test]
fn what_was_not_confirmed_is_not_called_deployed() {
    insta::assert_snapshot!(summary(&told::unverified(), Limit::SUMMARY), @r#"
    ### ❌ dev: sent, but not confirmed: Nango answered 200, but three reads of the functions timed out

    **Not read back:** Nango answered 200, but three reads of the functions timed out · commit [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) · +1 ~0 · before: `2.5.0-dev.41` ([`7777777`](https://github.com/acme/integrations/commit/7777777777777777777777777777777777777777))

    **Of the changes:** 1 done

    | change | resource | details |
    | :-- | :-- | :-- |
    | Add | sync `hubspot/deals` | every 1 h |

    **Back to** `2.5.0-dev.41`:

    ```sh
    gh workflow run integrations.yml -f environment=dev -f mode=rollback -f version=2.5.0-dev.41 -f allow-destructive=true -f consent=sync:hubspot/deals
    ```

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

    <details><summary>Releases of <b>dev</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `2.5.0-dev.42` | 2026-09-19 12:14 UTC | [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) | ana | Read issues every hour (\#&#8203;801) | ⚠️ not confirmed: Nango answered 200, but three reads of the functions timed out |
    | `2.5.0-dev.41` | 2026-09-19 12:14 UTC | [`7777777`](https://github.com/acme/integrations/commit/7777777777777777777777777777777777777777) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <sub>`push` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · a push to main deploys to dev</sub>
    "#);
}

#[test]
fn bad_input_is_told_all_at_once() {
    insta::assert_snapshot!(summary(&told::bad_input(), Limit::SUMMARY), @r#"
    ### ❌ `prd` is not an environment of this repository · 1 more problem

    - `unknown-environment` · `airlock.toml:3:1` `prd` is not an environment of this repository: the environments are `dev` and `prod`
    - 👉 did you mean `prod`?
    - `bad-input` · `allow-destructive` is `yes`; it takes `true` or `false`

    <sub>`workflow_dispatch` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · promotes what dev runs</sub>
    "#);
}

#[test]
fn changes_of_one_cause_are_one_row() {
    insta::assert_snapshot!(comment(&told::one_cause(), Limit::COMMENT).unwrap(), @r#"
    ### ✅ Adds 8, changes 340, removes nothing

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +8 ~340 | – | `2.5.0-dev.42` | live |
    | **prod** · by hand | +8 ~340 | – | `2.5.0` | release `2.4.1` |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | 40 syncs: `github/repo-00`, `github/repo-01`, `github/repo-02` and 37 more | `runs` every 1 h → every 15 min |
    | Modify | 300 actions: `hubspot/call-000`, `hubspot/call-001`, `hubspot/call-002` and 297 more | code only |
    | Add | sync `jira/board-0` | every 1 h |
    | Add | sync `jira/board-1` | every 1 h |
    | Add | sync `jira/board-2` | every 1 h |
    | Add | sync `jira/board-3` | every 1 h |

    <details><summary>4 more changes: adds 4</summary>

    | change | resource | details |
    | :-- | :-- | :-- |
    | Add | sync `jira/board-4` | every 1 h |
    | Add | sync `jira/board-5` | every 1 h |
    | Add | sync `jira/board-6` | every 1 h |
    | Add | sync `jira/board-7` | every 1 h |

    </details>

    <sub>212 tests passed in 41 s · compiled · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn a_terminal_shows_why_not_and_the_line_to_type() {
    insta::assert_snapshot!(terminal(&told::refused_promotion(), false, 90), @r#"
    ✗ prod not changed: 2 reasons · still 2.4.1 (9999999)

      destructive-without-consent  would remove sync github/old-issues (31 connections) and
                                   model GithubIssueV1 of sync github/issues
                                   → run it again as below, if you mean it
      warning-unresolved           secret HUBSPOT_APP_ID is missing in prod and needed by sync
                                   hubspot/deals
                                   → add it in Nango → prod → Environment variables, or give
                                   accept: secret-missing:hubspot/deals

      −  sync github/old-issues               the sync stops and its records are deleted · 31
                                              connections
      −  GithubIssueV1 of sync github/issues  its records are deleted
      ~  sync github/issues                   models −GithubIssueV1 · code
      ~  sync hubspot/contacts                scopes +deals.read
      +  sync github/issues-v2                every 1 h · starts by itself for 31 connections
      +  sync hubspot/deals                   every 1 h · starts by itself for 14 connections
      +  action github/create-issue

      secret missing  secret HUBSPOT_APP_ID is read in hubspot/syncs/deals.ts:8 and not there

      212 tests passed in 41 s · compiled · a1b2c3d · took 38 s

      To do it all the same:
      gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f consent=github/old-issues,sync:github/issues#GithubIssueV1
    "#);
}

#[test]
fn a_terminal_shows_the_source_of_an_error() {
    insta::assert_snapshot!(terminal(&told::syntax_error(), false, 90), @r#"
    ✗ Checks failed: 1 error

      error[syntax] integrations/github/syncs/issues.ts:12:3: expected , or } but found runs
       --> integrations/github/syncs/issues.ts:12:3
         |
      11 |   description: 'Reads issues'
         |                              - `,` expected here
      12 |   runs: 'every 15 min',
         |   ^^^^
      → put a comma at the end of line 11

      dev · on merge  not planned: the code does not parse
      prod · by hand  not planned: the code does not parse

      a1b2c3d · took 38 s
    "#);
}

#[test]
fn a_terminal_shows_each_environment() {
    insta::assert_snapshot!(terminal(&told::small_plan(), false, 90), @r#"
    ✓ Adds 1, changes 1, removes nothing

      dev · on merge  +1 ~1  2.5.0-dev.41  live
      prod · by hand  +1 ~1  2.5.0         release 2.4.1

      ~  sync github/issues  runs every 1 h → every 15 min
      +  sync hubspot/deals  every 1 h · starts by itself for 14 connections

      secret missing  secret HUBSPOT_APP_ID is read in hubspot/syncs/deals.ts:8 and not there
                      → add it in Nango → prod → Environment variables

      212 tests passed in 41 s · compiled · a1b2c3d · took 38 s
    "#);
}

#[test]
fn a_terminal_tells_the_checks_of_several_projects_in_one_word() {
    let page = terminal(&told::two_projects(), false, 90);
    let last = page.lines().find(|line| line.contains("took")).unwrap();
    assert_eq!(last.trim(), "checks passed in 2 of 2 projects · a1b2c3d · took 38 s");
}

#[test]
fn a_terminal_in_colour_says_the_same() {
    for (name, story) in told::all() {
        let coloured = terminal(&story, true, 90);
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), terminal(&story, false, 90), "{name}");
        assert!(coloured.contains("\u{1b}["), "{name}");
    }
}

#[test]
fn refusals_and_failed_tests_are_annotated() {
    let all = [told::refused_promotion(), told::failed_tests(), told::bad_input()].map(|story| annotations(&story));
    insta::assert_snapshot!(all.join("\n"), @r#"
    ::error title=prod not changed%3A destructive-without-consent::would remove sync github/old-issues (31 connections) and model GithubIssueV1 of sync github/issues → run it again as below, if you mean it
    ::error title=prod not changed%3A warning-unresolved::secret HUBSPOT_APP_ID is missing in prod and needed by sync hubspot/deals → add it in Nango → prod → Environment variables, or give accept: secret-missing:hubspot/deals
    ::warning title=Removes sync github/old-issues::prod: the sync stops and its records are deleted · 31 connections
    ::warning title=Removes GithubIssueV1 of sync github/issues::prod: its records are deleted
    ::warning title=secret missing::prod: secret HUBSPOT_APP_ID is read in hubspot/syncs/deals.ts:8 and not there

    ::error file=integrations/tests/github-issues.test.ts,line=31,col=5,title=test-failed::`issues › maps labels`: expected [] to deeply equal [ 'bug' ]
    ::error file=integrations/tests/github-issues.test.ts,line=58,col=5,title=test-failed::`issues › keeps the state`: expected 'open' to be 'closed'

    ::error file=airlock.toml,line=3,col=1,title=unknown-environment::`prd` is not an environment of this repository: the environments are `dev` and `prod`%0A→ did you mean `prod`?
    ::error title=bad-input::`allow-destructive` is `yes`; it takes `true` or `false`
    "#);
}

#[test]
fn later_steps_can_read_every_fact() {
    let written = Written { report_path: Some("airlock-report.json".into()), ..Written::default() };
    let text = outputs(&told::deployed_with_consent(), &written, || "MARK".into());
    insta::assert_snapshot!(text, @r#"
    decision<<MARK
    deployed
    MARK
    reason-code<<MARK
    deployed
    MARK
    headline<<MARK
    prod now runs 3.0.0
    MARK
    environment<<MARK
    prod
    MARK
    version<<MARK
    3.0.0
    MARK
    previous-version<<MARK
    2.4.1
    MARK
    plan-digest<<MARK
    sha256:6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77
    MARK
    report-path<<MARK
    airlock-report.json
    MARK
    hand-over-path<<MARK

    MARK
    hand-over-digest<<MARK

    MARK
    added<<MARK
    3
    MARK
    modified<<MARK
    2
    MARK
    removed<<MARK
    2
    MARK
    destructive<<MARK
    true
    MARK
    tests-passed<<MARK
    212
    MARK
    tests-failed<<MARK
    0
    MARK
    tests-file<<MARK

    MARK
    deployment-id<<MARK
    42
    MARK
    deployment-url<<MARK

    MARK
    comment-url<<MARK

    MARK
    matrix<<MARK

    MARK
    results<<MARK
    [{"project":"integrations","environment":"prod","version":"3.0.0","previous-version":"2.4.1","plan-digest":"sha256:6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77","added":3,"modified":2,"removed":2,"destructive":true,"deployed":true,"deployment-id":42}]
    MARK
    "#);
}

#[test]
fn a_plan_gives_a_matrix_and_an_empty_one_gives_none() {
    let matrix = |story| {
        let text = outputs(&story, &Written::default(), || "MARK".into());
        text.split("matrix<<MARK\n").nth(1).unwrap().split("\nMARK").next().unwrap().to_owned()
    };
    insta::assert_snapshot!(matrix(told::destructive_plan()), @r#"
    {"include":[{"project":"integrations","name":"integrations","path":"integrations","platform":"nango","environment":"","shard":"","commit":"a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"}]}
    "#);
    assert_eq!(matrix(told::refused_promotion()), "");
    assert_eq!(matrix(told::skipped()), "");
}

#[test]
fn many_removals_are_seen_first_and_named_in_full() {
    insta::assert_snapshot!(comment(&told::many_removals(), Limit::COMMENT).unwrap(), @r#"
    ### 🛑 Removes 30 — merging lets dev remove them; staging and prod will ask again

    | Remove | what is lost | where |
    | :-- | :-- | :-- |
    | sync `github/old-00` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-01` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-02` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-03` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-04` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-05` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-06` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-07` | the sync stops and its records are deleted | dev, staging, prod |

    <details><summary>and 22 more removals</summary>

    | Remove | what is lost | where |
    | :-- | :-- | :-- |
    | sync `github/old-08` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-09` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-10` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-11` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-12` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-13` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-14` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-15` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-16` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-17` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-18` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-19` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-20` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-21` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-22` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-23` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-24` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-25` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-26` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-27` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-28` | the sync stops and its records are deleted | dev, staging, prod |
    | sync `github/old-29` | the sync stops and its records are deleted | dev, staging, prod |

    </details>

    🛑 Nothing of the project would be left in **dev**, **staging**, **prod**

    ❔ **Could lose something unseen:** `models` of sync `github/issues` in prod: the record of release `2.4.1` keeps no models

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +0 ~0 **−30** | – | `3.0.0-dev.1` | live |
    | **staging** · by hand | +0 ~0 **−30** | – | `3.0.0-rc.1` | release `2.4.1` |
    | **prod** · by hand | +0 ~0 **−30** | – | `3.0.0` | release `2.4.1` |

    <sub>212 tests passed in 41 s · compiled · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn projects_are_told_apart() {
    insta::assert_snapshot!(summary(&told::two_projects(), Limit::SUMMARY), @r#"
    ### ⛔ integrations in prod not changed: 1 reason · still `2.4.1` ([`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999)) · 1 deployed

    `integrations` **prod** not changed:

    | reason | why | what to do |
    | :-- | :-- | :-- |
    | `flag-not-stated` | `allow-destructive` is not stated | state `true` or `false` |

    ```sh
    gh workflow run integrations.yml -f environment=prod -f allow-destructive=false
    ```

    **Would deploy** `3.0.0` ([`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee)): +3 ~2 **−2** · passed: tests, promoted from dev, reviewed in \#&#8203;812, ref, version, lock

    `dags` **prod**:

    **Read back:** what runs is what was sent · commit [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) · +1 ~0 · before: `1.2.0` ([`2222222`](https://github.com/acme/integrations/commit/2222222222222222222222222222222222222222))

    | Remove | what is lost |
    | :-- | :-- |
    | `integrations` sync `github/old-issues` | the sync stops and its records are deleted · 31 connections |
    | `integrations` `GithubIssueV1` of sync `github/issues` | its records are deleted |

    | | changes | version | compared with |
    | :-- | :-- | :-- | :-- |
    | `dags` **prod** · by hand | +1 ~0 | `1.2.0` → `1.3.0` | live |
    | `integrations` **prod** · by hand | +3 ~2 **−2** | `2.4.1` → `3.0.0` | live |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | `integrations` sync `github/issues` | `models` −`GithubIssueV1` · code |
    | Modify | `integrations` sync `hubspot/contacts` | `scopes` +`deals.read` |
    | Added | `dags` dag `daily_orders` | at 06:00 UTC |
    | Add | `integrations` sync `github/issues-v2` | every 1 h · starts by itself for 31 connections |
    | Add | `integrations` sync `hubspot/deals` | every 1 h · starts by itself for 14 connections |
    | Add | `integrations` action `github/create-issue` | |

    <details><summary><code>dags</code> Checks: 34 tests passed in 41 s · compiled</summary>

    | | command | result | tests | time |
    | :-- | :-- | :-- | :-- | :-- |
    | Install | `npm ci` | passed | | 12 s |
    | Compile | `nango compile` | passed | | 6.1 s |
    | Test | `npx vitest run` | passed | 34 passed | 41 s |

    | slowest | time |
    | :-- | :-- |
    | `hubspot/deals › pages through all deals` | 8.2 s |

    </details>

    <details><summary><code>integrations</code> Checks: 212 tests passed in 41 s · compiled</summary>

    | | command | result | tests | time |
    | :-- | :-- | :-- | :-- | :-- |
    | Install | `npm ci` | passed | | 12 s |
    | Compile | `nango compile` | passed | | 6.1 s |
    | Test | `npx vitest run` | passed | 212 passed | 41 s |

    | slowest | time |
    | :-- | :-- |
    | `hubspot/deals › pages through all deals` | 8.2 s |

    </details>

    <details><summary>Left on the default branch: 2 commits</summary>

    - `f00dcaf` Add the Jira syncs (\#&#8203;815)
    - `0ddba11` Rename a model (\#&#8203;816)

    </details>

    <details><summary>Releases of <code>dags</code> <b>prod</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `1.3.0` | 2026-09-19 12:14 UTC | [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) | ana | Read issues every hour (\#&#8203;801) | ✅ |
    | `1.2.0` | 2026-09-19 12:14 UTC | [`2222222`](https://github.com/acme/integrations/commit/2222222222222222222222222222222222222222) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <details><summary>Releases of <code>integrations</code> <b>prod</b></summary>

    | version | when | commit | by | what | |
    | :-- | :-- | :-- | :-- | :-- | :-- |
    | `2.4.1` | 2026-09-19 12:14 UTC | [`9999999`](https://github.com/acme/integrations/commit/9999999999999999999999999999999999999999) | ana | Read issues every hour (\#&#8203;801) | ✅ |

    </details>

    <details><summary>What <code>consent</code> would name</summary>

    - `integrations` **prod**: `integrations/sync:github/issues#GithubIssueV1,integrations/sync:github/old-issues` – or the whole plan: `sha256:6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77`

    </details>

    <sub>`workflow_dispatch` by ana · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) on `main` · took 38 s · promotes what dev runs</sub>
    "#);
}

#[test]
fn odd_names_are_shown_harmless() {
    insta::assert_snapshot!(comment(&told::odd_names(), Limit::COMMENT).unwrap(), @r#"
    ### 🛑 Removes 1, adds 1, changes 1 — merging lets dev remove it

    | Remove | what is lost |
    | :-- | :-- |
    | sync <code>a&#124;b &#96;c&#96; &#64;everyone &#60;b&#62;&#35;1&#60;&#47;b&#62; ⟨U&#43;202E⟩fixes GH&#45;2 &#58;&#58;error&#58;&#58; 👩‍💻</code> | a&#124;b `c` @&#8203;everyone &lt;b&gt;\#&#8203;1&lt;/b&gt; ⟨U+202E⟩fixes GH-&#8203;2 :&#8203;:&#8203;error:&#8203;: 👩‍💻 |

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +1 ~1 **−1** | – | `1.0.0` | live |

    | change | resource | details |
    | :-- | :-- | :-- |
    | Modify | sync `*x*` | <code>a&#124;b &#96;c&#96; &#64;everyone &#60;b&#62;&#35;1&#60;&#47;b&#62; ⟨U&#43;202E⟩fixes GH&#45;2 &#58;&#58;error&#58;&#58; 👩‍💻</code> a&#124;b \`c\` @&#8203;everyone &lt;b&gt;\#&#8203;1&lt;/b&gt; ⟨U+202E⟩fixes GH-&#8203;2 :&#8203;:&#8203;error:&#8203;: 👩‍💻 → <code>&#91;&#34;a&#124;b &#96;c&#96; &#64;everyone &#60;b&#62;&#35;1&#60;&#47;b&#62; ⟨U&#43;202E⟩fixes GH&#45;2 &#58;&#58;error&#58;&#58; 👩‍💻&#34;&#44;&#34;&#60;&#47;details&#62;&#34;&#93;</code> |
    | Add | dag <code>a&#124;b &#96;c&#96; &#64;everyone &#60;b&#62;&#35;1&#60;&#47;b&#62; ⟨U&#43;202E⟩fixes GH&#45;2 &#58;&#58;error&#58;&#58; 👩‍💻</code> | a&#124;b `c` @&#8203;everyone &lt;b&gt;\#&#8203;1&lt;/b&gt; ⟨U+202E⟩fixes GH-&#8203;2 :&#8203;:&#8203;error:&#8203;: 👩‍💻 |

    ⚠️ **dev will wait:** sync `*x*` – a&#124;b `c` @&#8203;everyone &lt;b&gt;\#&#8203;1&lt;/b&gt; ⟨U+202E⟩fixes GH-&#8203;2 :&#8203;:&#8203;error:&#8203;: 👩‍💻

    - ℹ️ a&#124;b `c` @&#8203;everyone &lt;b&gt;\#&#8203;1&lt;/b&gt; ⟨U+202E⟩fixes GH-&#8203;2 :&#8203;:&#8203;error:&#8203;: 👩‍💻

    <sub>1 test passed in 41 s · compiled · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn a_check_run_is_red_only_for_failures() {
    let all = told::all().into_iter().map(|(name, story)| {
        let run = check_run(&story);
        assert!(run.summary.len() <= Limit::CHECK.bytes);
        assert!(run.conclusion != CheckConclusion::Success || story.outcome().exit_code() == 0, "{name}");
        format!("{name}: {:?}, {} remarks, {}", run.conclusion, run.remarks.len(), run.title)
    });
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n"), @r#"
    first-plan: Success, 0 remarks, Adds 4, removes nothing · prod not known
    small-plan: Success, 0 remarks, Adds 1, changes 1, removes nothing
    destructive-plan: Neutral, 0 remarks, Removes 2, adds 1, changes 1 — merging lets dev remove them; prod will ask again
    refused-promotion: ActionRequired, 0 remarks, prod not changed: 2 reasons · still 2.4.1 (9999999)
    deployed-with-consent: Success, 0 remarks, prod now runs 3.0.0
    already-deployed: Skipped, 0 remarks, prod runs 2.4.1 already
    failed-tests: Failure, 2 remarks, Checks failed: 2 tests failed
    syntax-error: Failure, 1 remarks, Checks failed: 1 error
    rollback: Success, 0 remarks, prod runs 2.4.1 again, back from 3.0.0
    fork: Success, 0 remarks, Changes 1, removes nothing
    skipped: Skipped, 0 remarks, Nothing to do: nothing under integrations/ changed, and branch docs deploys nowhere
    cancelled: Cancelled, 0 remarks, Cancelled while dev was being changed: SIGINT after 31 s; the request to Nango was in flight
    unverified: Failure, 0 remarks, dev: sent, but not confirmed: Nango answered 200, but three reads of the functions timed out
    bad-input: Failure, 1 remarks, prd is not an environment of this repository · 1 more problem
    one-cause: Success, 0 remarks, Adds 8, changes 340, removes nothing
    nothing-changes: Success, 0 remarks, No changes
    many-removals: Neutral, 0 remarks, Removes 30 — merging lets dev remove them; staging and prod will ask again
    two-projects: ActionRequired, 0 remarks, integrations in prod not changed: 1 reason · still 2.4.1 (9999999) · 1 deployed
    drift: Neutral, 0 remarks, What runs is not what was recorded: 1 difference
    odd-names: ActionRequired, 0 remarks, Removes 1, adds 1, changes 1 — merging lets dev remove it · dev waits for a person
    preview: Success, 0 remarks, Adds 1, removes nothing
    prepared: Neutral, 0 remarks, prod: 2.5.0 is prepared, and released by hand
    "#);
}
