"""What the DAGs do with orders; plain Python, so that it is tested without Airflow."""

from urllib.parse import urlencode


def page_url(shop: str, page: int, size: int) -> str:
    if page < 1 or size < 1:
        raise ValueError("pages and sizes count from 1")
    return f"{shop.rstrip('/')}/orders?{urlencode({'page': page, 'size': size})}"


def summary(orders: list[dict], weeks: int) -> dict:
    total = sum(order["total"] for order in orders)
    return {"weeks": weeks, "orders": len(orders), "total": total, "average": total / len(orders) if orders else 0}
