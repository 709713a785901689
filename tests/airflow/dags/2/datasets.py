from datetime import datetime

from airflow import DAG, Dataset

with DAG("after_loads", schedule=[Dataset("s3://loads/orders")], start_date=datetime(2026, 1, 1)):
    pass

with DAG("as_before", schedule_interval="15 4 * * *", start_date=datetime(2026, 1, 1), catchup=False):
    pass
