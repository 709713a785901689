from include.naming import dag_id


def test_ids_begin_with_the_team():
    assert dag_id("orders", "daily") == "sales_orders_daily"
