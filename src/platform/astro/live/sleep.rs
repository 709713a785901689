//! A deployment that sleeps takes no deploy: it is woken, and what a person had said of its sleep is put back.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::ASTRO;
use super::wire::{Deployment, Override};
use super::{Live, Woken};
use crate::platform::asking::{Miss, again, rest};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long waking may take: the time between looks, and how many.
const LOOK: Duration = Duration::from_secs(10);
const LOOKS: u32 = 60;

impl Live {
    /// Wakes a deployment that sleeps, and gives it back awake. What was said before is kept for [`Live::lay_down`].
    pub(super) async fn wake(&self, deployment: Deployment, watch: &Watch) -> Result<Deployment, Problem> {
        if !deployment.sleeps() {
            return Ok(deployment);
        }
        self.kept.borrow_mut().woken = Some(Woken { before: deployment.overridden().cloned() });
        self.awake(&deployment.id, &json!({"isHibernating": false}), watch).await
    }

    /// Says of a deployment that sleeps that it is to be awake, and waits until it is.
    pub(super) async fn awake(&self, id: &str, said: &Value, watch: &Watch) -> Result<Deployment, Problem> {
        self.overrides(id, Some(said), watch).await?;
        for _ in 0..LOOKS {
            let (now, _) = super::read::deployment(&self.ask, id, watch).await?;
            if !now.sleeps() && now.status != "DEPLOYING" && now.status != "CREATING" {
                return Ok(now);
            }
            rest(LOOK, watch, asleep).await?;
        }
        Err(asleep())
    }

    /// Puts back what was said of a sleep that this run ended; whatever fails is told, for nothing more can be done.
    pub(super) async fn lay_down(&self, watch: &Watch) -> Option<Problem> {
        let Woken { before } = self.kept.borrow_mut().woken.take()?;
        let body = before.map(|Override { is_hibernating, override_until, .. }| {
            let mut body = json!({"isHibernating": is_hibernating});
            if let Some(until) = override_until {
                body["overrideUntil"] = json!(until);
            }
            body
        });
        let id = self.kept.borrow().id.clone()?;
        let failed = self.overrides(&id, body.as_ref(), watch).await.err()?;
        Some(
            failed.help(
                "the deployment was woken for this deploy: let it sleep again in Astro → the deployment → Details",
            ),
        )
    }

    /// Says it, or with `None` says nothing any more. Saying it twice is saying it once, so it is repeated.
    async fn overrides(&self, id: &str, body: Option<&Value>, watch: &Watch) -> Result<(), Problem> {
        let method = if body.is_some() { Method::POST } else { Method::DELETE };
        let path = ["deployments", id, "hibernation-override"];
        let asked = "to wake or let sleep the deployment";
        let attempt = async || match self.ask.change(method.clone(), &path, body, watch).await {
            // There is none to take back.
            Err(Miss::Refused(refusal)) if refusal.status == 404 && body.is_none() => Ok(()),
            said => said.map(drop),
        };
        again(attempt, asked, &ASTRO, watch).await.map_err(|miss| miss.problem(asked, &ASTRO))
    }
}

fn asleep() -> Problem {
    Problem::new("deployment-asleep", Fault::Platform, "the deployment was woken, and did not wake in ten minutes")
        .cause("nothing was sent")
        .help("look at it in Astro, then start this run again")
}
