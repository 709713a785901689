from airflow import DAG
from airflow.models import Variable

kept = DAG("number", schedule=None, max_active_runs=int(Variable.get("runs")))
