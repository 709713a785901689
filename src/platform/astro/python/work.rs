//! Work that a file does each time Airflow looks at it: every 30 seconds, in every scheduler, and never by a worker.

use super::exec::Exec;
use super::remark::Remark;
use super::value::Call;

/// Functions that reach over the network, ask a database or run a program: by the beginning of their names.
const SLOW: [(&str, &str); 22] = [
    ("requests.get", "reaches over the network"),
    ("requests.post", "reaches over the network"),
    ("requests.put", "reaches over the network"),
    ("requests.head", "reaches over the network"),
    ("requests.request", "reaches over the network"),
    ("httpx.get", "reaches over the network"),
    ("httpx.post", "reaches over the network"),
    ("urllib.request.urlopen", "reaches over the network"),
    ("urllib.request.urlretrieve", "reaches over the network"),
    ("socket.create_connection", "reaches over the network"),
    ("psycopg2.connect", "opens a database"),
    ("psycopg.connect", "opens a database"),
    ("pymysql.connect", "opens a database"),
    ("MySQLdb.connect", "opens a database"),
    ("snowflake.connector.connect", "opens a database"),
    ("pandas.read_sql", "asks a database"),
    ("subprocess.", "runs a program"),
    ("os.system", "runs a program"),
    ("time.sleep", "waits"),
    ("airflow.settings.Session", "asks Airflow's own database"),
    ("airflow.utils.session.create_session", "asks Airflow's own database"),
    ("airflow.models.DagRun.find", "asks Airflow's own database"),
];

impl Exec<'_> {
    /// Looks at a call that is made while the file is loaded.
    pub(super) fn notice(&mut self, call: &Call) {
        let name = call.name.as_str();
        let what = SLOW.iter().find(|(start, _)| {
            name.strip_prefix(start)
                .is_some_and(|rest| start.ends_with('.') || rest.is_empty() || *start == "pandas.read_sql")
        });
        let what = match what {
            Some((_, what)) => what,
            None if name.starts_with("airflow.") && name.ends_with(".Variable.get") => "asks for a variable",
            None if name.starts_with("airflow.") && name.ends_with(".get_connection") => "asks for a connection",
            None => return,
        };
        self.work(call, what, "move it into a task, or into a template: `{{ var.value.name }}`");
    }

    /// Looks at a method that is called on what a class gave: a hook's methods ask what it is a hook for.
    pub(super) fn notice_method(&mut self, object: &Call, call: &Call) {
        if object.last().ends_with("Hook") {
            self.work(call, "asks a service through a hook", "move it into a task");
        }
    }

    fn work(&mut self, call: &Call, what: &str, help: &str) {
        let message = format!("{what} each time Airflow looks at this file");
        let remark = Remark::warning("top-level-work", call.range, message).help(help);
        if !self.module.remarks.iter().any(|known| known.range == remark.range) {
            self.module.remarks.push(remark);
        }
    }
}
