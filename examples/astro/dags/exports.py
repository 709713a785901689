"""One export a country: the DAGs are made in a loop over a list that stands in the code."""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

from include.naming import TEAM

for country in ["de", "fr", "pl"]:
    with DAG(
        f"{TEAM}_export_{country}",
        schedule="@daily",
        start_date=pendulum.datetime(2025, 1, 1),
        tags=[TEAM, "export", country],
        is_paused_upon_creation=True,
    ):
        BashOperator(task_id="export", bash_command=f"echo exporting {country}", env={"COUNTRY": country})
