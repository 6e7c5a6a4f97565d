"""Who may take what."""

import numpy as np

from evenhand.plan.make import state
from evenhand.policy import Policy


def reachable(book, policy=None):
    """For each account the territories that it may go to or stay in."""
    statement = state(book, policy or Policy())
    ids = np.array([*statement.setting.ids, ""])
    candidates = statement.problem.candidates[statement.units.unit_of_account]
    return {
        account: {territory for territory in ids[row] if territory}
        for account, row in zip(statement.accounts["account_id"], candidates, strict=True)
    }


def account(account_id, territory_id="T1", **facts):
    return {"account_id": account_id, "territory_id": territory_id, "potential": 1.0, **facts}


def territories(*rules):
    return [{"territory_id": f"T{i}", **rule} for i, rule in enumerate(rules, start=1)]


def test_a_rule_admits_only_what_it_lists(make_book):
    book = make_book(
        accounts=[account("A", segment="smb"), account("B", segment="enterprise"), account("C")],
        territories=territories({}, {"segment": "smb; mid"}, {"segment": "enterprise"}),
    )
    assert reachable(book) == {"A": {"T1", "T2"}, "B": {"T1", "T3"}, "C": {"T1"}}


def test_a_rule_can_be_switched_off(make_book):
    book = make_book(
        accounts=[account("A", segment="smb")], territories=territories({}, {"segment": "enterprise", "region": "EU"})
    )
    assert reachable(book)["A"] == {"T1"}
    policy = Policy().with_values({"moves.match_segment": False, "moves.match_region": False})
    assert reachable(book, policy)["A"] == {"T1", "T2"}


def test_every_rule_has_to_fit(make_book):
    book = make_book(
        accounts=[account("A", segment="smb", vertical="retail", region="EU")],
        territories=territories({}, {"segment": "smb", "vertical": "retail"}, {"segment": "smb", "region": "US"}),
    )
    assert reachable(book)["A"] == {"T1", "T2"}


def test_layers_exchange_nothing(make_book):
    book = make_book(
        accounts=[account("A"), account("B", "T3")],
        territories=territories({"layer": "core"}, {"layer": "core"}, {"layer": "overlay"}),
    )
    assert reachable(book) == {"A": {"T1", "T2"}, "B": {"T3"}}


def test_a_family_goes_only_where_all_of_it_fits(make_book):
    book = make_book(
        accounts=[account("A", segment="smb"), account("B", segment="mid", parent_account_id="A")],
        territories=territories({}, {"segment": "smb"}, {"segment": "smb;mid"}),
    )
    assert reachable(book) == {"A": {"T1", "T3"}, "B": {"T1", "T3"}}


def test_an_account_that_fits_nowhere_stays(make_book):
    book = make_book(accounts=[account("A", segment="x")], territories=territories({"segment": "y"}, {"segment": "z"}))
    assert reachable(book)["A"] == {"T1"}


def test_groups_of_territories_take_nothing_and_give_nothing(make_book):
    book = make_book(
        accounts=[account("A", "T1"), account("B", "T2")],
        territories=territories({}, {"parent_territory_id": "T1"}, {"parent_territory_id": "T1"}),
    )
    assert reachable(book) == {"A": {"T1"}, "B": {"T2", "T3"}}


def test_pools_share_their_own_total(make_book):
    book = make_book(
        accounts=[account(f"A{i}", "T1", segment="smb") for i in range(3)] + [account("B", "T3", segment="big")],
        territories=territories({"segment": "smb"}, {"segment": "smb"}, {"segment": "big"}, {"segment": "big"}),
    )
    statement = state(book, Policy())
    potential = statement.bands.measures.index("potential")
    assert statement.bands.targets[:, potential].tolist() == [1.5, 1.5, 0.5, 0.5]
