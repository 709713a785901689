import pytest

from include.orders import page_url, summary


def test_a_page_is_asked_for_by_number_and_size():
    assert page_url("https://shop.example/", page=2, size=50) == "https://shop.example/orders?page=2&size=50"


@pytest.mark.parametrize(("page", "size"), [(0, 1), (1, 0)])
def test_pages_count_from_one(page, size):
    with pytest.raises(ValueError):
        page_url("https://shop.example", page, size)


def test_a_summary_of_nothing_divides_by_nothing():
    assert summary([], weeks=1) == {"weeks": 1, "orders": 0, "total": 0, "average": 0}


def test_a_summary_counts():
    assert summary([{"total": 3}, {"total": 5}], weeks=2)["average"] == 4
