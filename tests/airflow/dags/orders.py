"""Read by a real Airflow and by Airlock, which compares what each makes of it. What it needs is there, but for what says `gone`."""

from datetime import datetime

from airflow import DAG
from airflow.decorators import task
from airflow.hooks.base import BaseHook
from airflow.models import Variable

with DAG("orders", schedule="0 6 * * *", start_date=datetime(2026, 1, 1), catchup=False, tags=["etl", "sales"], max_active_runs=2):

    @task
    def load():
        for connection in (BaseHook.get_connection("warehouse"), BaseHook.get_connection("lost")):
            connection.get_hook().run(Variable.get("bucket") + Variable.get("gone"))

    load()
