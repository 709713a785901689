"""Loads yesterday's orders into the warehouse."""

from datetime import timedelta

import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG, Asset, task

from include.naming import TEAM

ORDERS = Asset("warehouse://sales/orders")

with DAG(
    f"{TEAM}_orders_daily",
    description="Orders of the day before",
    schedule="0 5 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    tags=[TEAM, "orders"],
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    template_searchpath="include/sql",
):

    @task
    def fetch(limit: int = 1000) -> str:
        from airflow.sdk import Variable

        from include.orders import page_url

        return page_url(Variable.get("shop_url"), page=1, size=limit)

    load = SQLExecuteQueryOperator(
        task_id="load",
        conn_id="warehouse",
        sql="orders.sql",
        outlets=[ORDERS],
    )

    fetch() >> load
