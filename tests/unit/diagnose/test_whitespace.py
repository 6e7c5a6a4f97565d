"""Families in which one buys and others never did."""

import datetime as dt

import pytest

from evenhand.diagnose import measure_accounts
from evenhand.diagnose.families import find_families
from evenhand.diagnose.whitespace import find_whitespace
from evenhand.policy import Policy

ACCOUNTS = [
    {"account_id": "TOP", "product_usage": 0.8},
    {"account_id": "CHILD", "parent_account_id": "TOP"},
    {"account_id": "GRANDCHILD", "parent_account_id": "CHILD", "product_usage": 0.0},
    {"account_id": "ASKED", "parent_account_id": "TOP"},
    {"account_id": "BOUGHT", "parent_account_id": "TOP"},
    {"account_id": "GONE", "parent_account_id": "TOP", "churned_on": dt.date(2026, 1, 1)},
    {"account_id": "ALONE"},
    {"account_id": "COLD"},
    {"account_id": "COLDER", "parent_account_id": "COLD"},
]
DEALS = [
    {"opportunity_id": "O1", "account_id": "ASKED", "is_closed": False},
    {
        "opportunity_id": "O2",
        "account_id": "BOUGHT",
        "is_closed": True,
        "is_won": True,
        "closed_on": dt.date(2026, 1, 1),
    },
    {
        "opportunity_id": "O3",
        "account_id": "COLD",
        "is_closed": True,
        "is_won": False,
        "closed_on": dt.date(2026, 1, 1),
    },
]


@pytest.fixture
def book(make_book):
    accounts = [{"territory_id": "T1", **account} for account in ACCOUNTS]
    return make_book(accounts=accounts, territories=[{"territory_id": "T1"}], opportunities=DEALS)


def test_families_climb_to_the_top(book):
    families = dict(find_families(book.accounts).iter_rows())
    assert families["GRANDCHILD"] == families["CHILD"] == families["TOP"] == "TOP"
    assert families["ALONE"] == "ALONE"
    assert families["COLDER"] == "COLD"


def test_those_without_a_deal_in_a_family_of_customers_are_whitespace(book):
    assert find_whitespace(book)["account_id"].to_list() == ["CHILD", "GRANDCHILD"]


def test_whitespace_is_room_to_expand_before_its_own_use_of_nothing(book):
    policy = Policy.of({"potential": {"whitespace_expansion": 0.9}})
    accounts = measure_accounts(book, policy)
    points = dict(accounts.select("account_id", "potential_expansion").iter_rows())
    weight = 100 * 0.2 / 0.8  # size, propensity and expansion are known
    assert points["CHILD"] == pytest.approx(0.9 * weight)
    assert points["GRANDCHILD"] == points["CHILD"]
    assert points["TOP"] == pytest.approx(0.8 * weight)


def test_a_book_without_parents_or_deals_has_none(make_book):
    territories = [{"territory_id": "T1"}]
    alone = [{"account_id": "A", "territory_id": "T1", "product_usage": 0.5}]
    assert find_whitespace(make_book(accounts=alone, territories=territories)).is_empty()
    family = [*alone, {"account_id": "B", "territory_id": "T1", "parent_account_id": "A"}]
    for account in family:
        account.pop("product_usage", None)
    assert find_whitespace(make_book(accounts=family, territories=territories)).is_empty()
