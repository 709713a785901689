"""Writes the weekly report as soon as orders have arrived, and when somebody asks."""

import pendulum
from airflow.sdk import Asset, Param, dag, task

from include.naming import TEAM


@dag(
    schedule=[Asset("warehouse://sales/orders")],
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    tags=[TEAM, "report"],
    params={"weeks": Param(1, type="integer", minimum=1)},
)
def sales_report_weekly():
    @task
    def summarise(weeks: int) -> dict:
        from include.orders import summary

        return summary([], weeks=weeks)

    @task(pool="reports")
    def publish(summary: dict) -> None:
        print(summary)

    publish(summarise("{{ params.weeks }}"))


sales_report_weekly()
