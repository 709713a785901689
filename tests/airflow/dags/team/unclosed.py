from airflow import DAG

kept = max(
