//! Nothing written in GitHub widens a decision: what is not what it claims to be is named and refused.

use serde_json::json;

use super::*;
use crate::tests::github::{CheckFact, State};

/// What somebody does to GitHub after the releases 1 (to dev and, as 2, to prod).
type Attack = (&'static str, fn(&mut State), &'static str);

fn newest(state: &mut State) -> &mut Value {
    &mut state.deployments.last_mut().unwrap().payload
}

fn run(state: &mut State) -> &mut crate::tests::github::RunFact {
    state.runs.last_mut().unwrap()
}

const ATTACKS: [Attack; 20] = [
    (
        "a payload that names another commit",
        |state| newest(state)["record"]["commit"] = json!(sample::commit(5)),
        "its payload names commit 0000000, and the deployment is of 0000000",
    ),
    (
        "a payload of another lane",
        |state| newest(state)["record"]["lane"]["environment"] = json!("dev"),
        "its payload is a record of integrations in dev, not of integrations in prod",
    ),
    ("a payload that is none", |state| *newest(state) = json!({"run": 1}), "its payload is no record of Airlock"),
    (
        "a payload of a later version",
        |state| newest(state)["record"]["schema"] = json!(2),
        "its schema is 2, and this version of airlock knows 1",
    ),
    ("no run", |state| _ = newest(state)["record"]["origin"].as_object_mut().unwrap().remove("run"), "it names no run"),
    ("a run that never was", |state| newest(state)["record"]["origin"]["run"] = json!(99), "GitHub knows no run 99"),
    (
        "another workflow's run",
        |state| run(state).path = ".github/workflows/evil.yml".to_owned(),
        "its run 2 was of `.github/workflows/evil.yml`, and releases are made by `.github/workflows/airlock.yml`",
    ),
    (
        "a fork's run",
        |state| run(state).head_repository = Some("mallory/shop".to_owned()),
        "its run 2 was of another repository's commit",
    ),
    (
        "a pull request's run",
        |state| run(state).event = "pull_request".to_owned(),
        "it claims the event `workflow_dispatch`, and its run was of `pull_request`",
    ),
    (
        "a push to production",
        |state| {
            newest(state)["record"]["origin"]["event"] = json!("push");
            run(state).event = "push".to_owned();
        },
        "its run was of the event `push`, which does not deploy there",
    ),
    (
        "a branch that is not allowed",
        |state| run(state).head_branch = Some("mallory".to_owned()),
        "its run was on branch `mallory`, from which nothing is deployed there",
    ),
    (
        "a hotfix that its run was not",
        |state| {
            newest(state)["record"]["hotfix"] = json!("now");
            run(state).head_branch = Some("hot".to_owned());
        },
        "its run was on branch `hot`, from which nothing is deployed there",
    ),
    (
        "another person",
        |state| newest(state)["record"]["origin"]["actor"] = json!("mallory"),
        "it claims `mallory` as who started it, and its run was another's",
    ),
    (
        "an attempt to come",
        |state| newest(state)["record"]["origin"]["attempt"] = json!(3),
        "it claims attempt 3 of a run that had 1",
    ),
    (
        "another page",
        |state| newest(state)["record"]["origin"]["url"] = json!("https://evil.example/actions/runs/1"),
        "it names another page than its run's",
    ),
    (
        "a commit that its run did not have",
        |state| newest(state)["record"]["kind"] = json!("deploy"),
        "it is of commit 0000000, and its run was of 0000000",
    ),
    (
        "a commit that only a fork has",
        |state| {
            let impostor = facts::sha('e');
            state.commit(&impostor, &[], "Impostor");
            newest(state)["record"]["commit"] = json!(impostor);
            state.deployments.last_mut().unwrap().sha = impostor;
        },
        "no branch that is deployed from contains its commit eeeeeee",
    ),
    (
        "a success that its run did not write",
        |state| {
            let statuses = &mut state.deployments.last_mut().unwrap().statuses;
            statuses.last_mut().unwrap().log_url = page(1);
        },
        "its status `success` was not written by its run",
    ),
    (
        "a success beside a failure",
        |state| {
            let statuses = &mut state.deployments.last_mut().unwrap().statuses;
            let mut failure = statuses.last().unwrap().clone();
            failure.state = "failure".to_owned();
            statuses.push(failure);
        },
        "its run's statuses say that it succeeded and that it failed",
    ),
    (
        "a record made after its run",
        |state| {
            run(state).updated -= 1000;
            run(state).created -= 2000;
        },
        "it was made after its run was at work",
    ),
];

async fn with_two_releases() -> Place {
    let place = Place::new().await;
    place.release(Place::record(1)).await;
    place.release(Place::promotion(2, 1)).await;
    place
}

#[tokio::test]
async fn whatever_is_forged_is_named_and_refused() {
    for (name, attack, why) in ATTACKS {
        let place = with_two_releases().await;
        assert!(place.history(&prod()).await.unwrap().current().is_some());
        attack(&mut place.world.state());
        let problem = place.history(&prod()).await.expect_err(name);
        assert_eq!((&*problem.code, problem.causes[0].as_str()), ("history-untrusted", why), "{name}");
        assert!(problem.help.iter().any(|help| help.contains("gh api -X DELETE")), "{problem:?}");
    }
}

#[tokio::test]
async fn a_forgery_older_than_what_runs_is_a_note() {
    for (name, attack, why) in ATTACKS {
        let place = with_two_releases().await;
        attack(&mut place.world.state());
        // The next record cannot be opened through the keeper; it was there before the attack was.
        let mut newer = place.world.state().deployments[1].clone();
        newer.id += 100;
        newer.sha = sample::commit(1);
        newer.payload = super::super::Payload::of(&Place::promotion(3, 1), std::collections::BTreeMap::new())
            .json(&str::to_owned)
            .unwrap();
        newer.statuses.truncate(3);
        for status in &mut newer.statuses {
            status.log_url = page(3);
        }
        place.begin(&Place::promotion(3, 1));
        newer.created = place.world.state().runs.last().unwrap().created;
        place.world.end_run(3, "success");
        place.world.state().deployments.push(newer);
        let history = place.history(&prod()).await.expect(name);
        assert_eq!((history.releases.len(), history.current().unwrap().record.origin.run), (1, Some(3)), "{name}");
        assert!(history.notes.iter().any(|note| note.contains(why)), "{name}: {:?}", history.notes);
    }
}

#[tokio::test]
async fn a_second_success_of_one_run_does_not_count() {
    let place = with_two_releases().await;
    let mut copy = place.world.state().deployments[1].clone();
    copy.id += 100;
    place.world.state().deployments.push(copy);
    let history = place.history(&prod()).await.unwrap();
    assert!(history.notes[0].ends_with("its run recorded another success here"), "{:?}", history.notes);
}

#[tokio::test]
async fn a_release_that_was_deleted_is_missed() {
    let place = with_two_releases().await;
    place.release(Place::record(3)).await;
    // prod's release 2 was seen by dev's 3, and dev's 1 by both.
    let gone = place.world.state().deployments.remove(1).id;
    let problem = place.history(&prod()).await.unwrap_err();
    assert_eq!(problem.code, "history-untrusted");
    assert!(problem.to_string().contains(&format!("release {gone} of integrations in prod was deleted")), "{problem}");
}

#[tokio::test]
async fn a_release_that_nothing_names_is_missed_behind_runs_that_released_nothing() {
    for (runs, commits, its_end, found) in
        [(40, 9, "success", true), (3, 1, "failure", true), (10, 10, "success", false), (60, 9, "success", false)]
    {
        let place = Place::new().await;
        place.release(Place::record(1)).await;
        let gone = place.release(Place::record(2)).await.id;
        {
            let mut state = place.world.state();
            state.deployments.retain(|made| made.id != gone);
            let made = super::super::witness::made([(&sample::lane(), gone)]).unwrap();
            let check = CheckFact::passed(1, "airlock", &sample::commit(2));
            state.checks.push(CheckFact { external_id: format!("deploy 2.1 {made}"), ..check });
            (20..20 + commits).for_each(|number| state.commit(&sample::commit(number), &[], "Nothing to release"));
        }
        for number in 0..runs {
            place.world.add_run(100 + number, "push", &sample::commit(20 + number % commits));
            place.world.end_run(100 + number, "success");
        }
        // A run that deployed one project fails when another project's deploy does.
        place.world.end_run(2, its_end);
        let keeper = place.keeper().asking_witnesses_of(vec![sample::lane().environment]);
        let read = keeper.read(&sample::lane(), &place.watch).await;
        if found {
            let says = format!("release {gone} of integrations in dev was deleted");
            assert!(read.as_ref().is_err_and(|problem| problem.to_string().contains(&says)), "{runs}: {read:?}");
        } else {
            let notes = read.unwrap().notes;
            assert!(
                notes.iter().any(|note| note.contains("were not asked whether they released")),
                "{runs}: {notes:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_old_release_may_be_deleted() {
    let place = with_two_releases().await;
    place.release(Place::record(3)).await;
    place.world.state().deployments.remove(0);
    let history = place.history(&sample::lane()).await.unwrap();
    assert_eq!(history.current().unwrap().record.origin.run, Some(3));
}

#[tokio::test]
async fn an_inactive_release_still_counts() {
    let place = with_two_releases().await;
    let mut inactive = place.world.state().deployments[1].statuses.last().unwrap().clone();
    (inactive.state, inactive.log_url, inactive.created) =
        ("inactive".to_owned(), String::new(), inactive.created + 900);
    place.world.state().deployments[1].statuses.push(inactive);
    assert!(place.history(&prod()).await.unwrap().current().is_some());
}

#[tokio::test]
async fn a_repository_that_was_renamed_keeps_its_history() {
    let place = with_two_releases().await;
    let renamed = |text: &str| text.replace("acme/shop", "acme/old");
    for deployment in &mut place.world.state().deployments {
        deployment.payload = serde_json::from_str(&renamed(&deployment.payload.to_string())).unwrap();
        deployment.statuses.iter_mut().for_each(|status| status.log_url = renamed(&status.log_url));
    }
    assert!(place.history(&prod()).await.unwrap().current().is_some());
}
