from datetime import datetime, timedelta

from airflow import DAG
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable

START = datetime(2026, 1, 1)

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
