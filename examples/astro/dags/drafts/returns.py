from airflow.sdk import DAG

returns = DAG("sales_returns", schedule=None)
