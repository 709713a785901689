//! Who the token is.

use serde::Deserialize;
use serde_json::json;

use super::client::Client;
use super::faults::cannot;
use super::permission::Permission;
use super::request::Request;
use super::retry::Retry;
use crate::problem::Problem;
use crate::watch::Watch;

#[derive(Deserialize)]
struct Reply {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    viewer: Viewer,
}

#[derive(Deserialize)]
struct Viewer {
    login: String,
}

impl Client {
    /// The token's own login, spelled as comments have it: `github-actions[bot]` for a job's token, `name[bot]` for an
    /// app's, a person's login for theirs. Asked once.
    ///
    /// `GET /user` is forbidden to the tokens of apps, and a job's token is one. GraphQL's `viewer` answers all of them
    /// and needs no permission.
    pub async fn login(&self, watch: &Watch) -> Result<String, Problem> {
        self.known_login().get_or_try_init(|| self.ask_login(watch)).await.cloned()
    }

    async fn ask_login(&self, watch: &Watch) -> Result<String, Problem> {
        let body = json!({ "query": "query { viewer { login } }" });
        let mut request =
            Request::post(self.graphql_url(), &body, Permission::READ_CONTENTS, "ask who the GitHub token is")?;
        request.creates = false;
        let reply: Reply = self.call(&request, Retry::Safe, watch).await?;
        let login = reply.data.map(|data| data.viewer.login).filter(|login| !login.is_empty());
        login.ok_or_else(|| cannot(&request, "github-answer").cause("the answer names nobody"))
    }
}
