"""Seats are compared where accounts could pass between them."""

import pytest

from evenhand.diagnose.pools import find_pools
from evenhand.policy import Policy


def pools(make_book, territories, accounts, policy=None):
    book = make_book(
        territories=territories,
        accounts=[{"account_id": f"A{i}", **account} for i, account in enumerate(accounts)],
    )
    return dict(find_pools(book, policy or Policy()).iter_rows())


SEGMENTED = [{"territory_id": "T1", "segment": "large"}, {"territory_id": "T2", "segment": "small"}]


def test_seats_that_take_no_account_in_common_are_apart(make_book):
    accounts = [{"territory_id": "T1", "segment": "large"}, {"territory_id": "T2", "segment": "small"}]
    assert pools(make_book, SEGMENTED, accounts) == {"T1": "T1", "T2": "T2"}


def test_a_seat_that_takes_both_joins_them_where_there_are_accounts_to_pass(make_book):
    both = [*SEGMENTED, {"territory_id": "T3", "segment": "large; small"}]
    accounts = [{"territory_id": "T1", "segment": "large"}, {"territory_id": "T2", "segment": "small"}]
    assert pools(make_book, both, accounts) == {"T1": "T1", "T2": "T1", "T3": "T1"}
    assert pools(make_book, both, accounts[:1]) == {"T1": "T1", "T2": "T2", "T3": "T1"}


def test_an_account_in_the_wrong_seat_joins_it_to_those_that_take_it(make_book):
    assert pools(make_book, SEGMENTED, [{"territory_id": "T1", "segment": "small"}]) == {"T1": "T1", "T2": "T1"}


def test_layers_are_apart_and_rules_can_be_off(make_book):
    layered = [{"territory_id": "T1", "layer": "core"}, {"territory_id": "T2", "layer": "overlay"}]
    assert pools(make_book, layered, [{"territory_id": "T1"}]) == {"T1": "T1", "T2": "T2"}
    policy = Policy.of({"moves": {"match_segment": False}})
    assert pools(make_book, SEGMENTED, [{"territory_id": "T1", "segment": "large"}], policy) == {"T1": "T1", "T2": "T1"}


@pytest.mark.parametrize("accounts", [[], [{"territory_id": "T1", "segment": "unheard of"}]])
def test_without_accounts_to_pass_every_seat_is_alone(make_book, accounts):
    assert pools(make_book, SEGMENTED, accounts) == {"T1": "T1", "T2": "T2"}
