"""Read by a real Airflow and by Airlock, which compares what each makes of it. What it needs is there, but for what says `gone`."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.decorators import task
from airflow.hooks.base import BaseHook
from airflow.models import Variable
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable

START = datetime(2026, 1, 1)

with DAG("orders", schedule="0 6 * * *", start_date=START, catchup=False, tags=["etl", "sales"], max_active_runs=2):

    @task
    def load():
        for connection in (BaseHook.get_connection("warehouse"), BaseHook.get_connection("lost")):
            connection.get_hook().run(Variable.get("bucket") + Variable.get("gone"))

    load()

with DAG("daily", schedule="@daily", start_date=START, catchup=False, description="Every day"):
    pass

with DAG("once", schedule="@once", start_date=START):
    pass

with DAG("by_hand", schedule=None, start_date=START):
    pass

with DAG("every_two_hours", schedule=timedelta(hours=2), start_date=START, catchup=False):
    pass

with DAG("every_two_days", schedule=timedelta(days=2), start_date=START, catchup=False):
    pass

with DAG("endless", schedule="@continuous", start_date=START, max_active_runs=1, catchup=False):
    pass

with DAG("in_paris", schedule=CronTriggerTimetable("0 1 * * *", timezone="Europe/Paris"), start_date=START, catchup=False):
    pass

with DAG("of_the_day", schedule=CronDataIntervalTimetable("30 2 * * *", timezone="UTC"), start_date=START, catchup=False):
    pass
