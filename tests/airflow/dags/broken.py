from datetime import datetime

from airflow import DAG


def clients():
    import a_module_that_nobody_has

    return a_module_that_nobody_has.all()


with DAG("broken", schedule=None, start_date=datetime(2026, 1, 1)):
    clients()
