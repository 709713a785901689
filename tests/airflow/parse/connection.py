from airflow import DAG
from airflow.hooks.base import BaseHook

kept = DAG("connection", schedule=None, description=BaseHook.get_connection("warehouse").host)
