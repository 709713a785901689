from datetime import datetime, timedelta

from airflow.sdk import DAG, Asset
from airflow.timetables.trigger import DeltaTriggerTimetable, MultipleCronTriggerTimetable

START = datetime(2026, 1, 1)
TWICE = MultipleCronTriggerTimetable("0 1 * * *", "0 3 * * *", timezone="UTC")

with DAG("after_loads", schedule=[Asset("s3://loads/orders")], start_date=START):
    pass

with DAG("after_any", schedule=Asset("s3://loads/a") | Asset("s3://loads/b"), start_date=START):
    pass

with DAG("twice", schedule=TWICE, start_date=START, catchup=False):
    pass

with DAG("from_then_on", schedule=DeltaTriggerTimetable(timedelta(hours=5)), start_date=START, catchup=False):
    pass
