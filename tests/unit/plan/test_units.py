"""What moves as one."""

import polars as pl

from evenhand.plan.units import form_units
from evenhand.policy import Policy

POLICY = Policy()


def accounts(*rows):
    names = ["account_id", "territory_id", "parent_account_id", "postal_code", "region"]
    padded = [(*row, *[None] * (len(names) - len(row))) for row in rows]
    return pl.DataFrame(padded, schema=dict.fromkeys(names, pl.String), orient="row")


def groups(frame, policy=POLICY):
    units = form_units(frame, policy)
    members = {}
    for account, unit in zip(frame["account_id"], units.unit_of_account.tolist(), strict=True):
        members.setdefault(unit, []).append(account)
    return [members[unit] for unit in sorted(members)]


def test_a_family_is_one_unit_through_any_number_of_generations():
    frame = accounts(("A", "T1"), ("B", "T1", "A"), ("C", "T1", "B"), ("D", "T1", "C"), ("E", "T1"))
    assert groups(frame) == [["A", "B", "C", "D"], ["E"]]


def test_a_family_in_two_territories_is_a_unit_in_each():
    frame = accounts(("A", "T1"), ("B", "T2", "A"), ("C", "T2", "A"))
    assert groups(frame) == [["A"], ["B", "C"]]
    assert form_units(frame, POLICY).n_split_families == 1


def test_a_parent_that_isnt_in_the_book_joins_nothing():
    assert groups(accounts(("A", "T1", "X"), ("B", "T1", "X"))) == [["A"], ["B"]]


def test_a_cycle_of_parents_ends():
    assert groups(accounts(("A", "T1", "B"), ("B", "T1", "A"), ("C", "T1")))[-1] == ["C"]


def test_families_can_be_left_apart():
    policy = POLICY.with_values({"moves.keep_families_together": False})
    assert groups(accounts(("A", "T1"), ("B", "T1", "A")), policy) == [["A"], ["B"]]


def test_areas_join_families():
    policy = POLICY.with_values({"moves.keep_areas_together": "postal_code"})
    frame = accounts(
        ("A", "T1", None, "10001"), ("B", "T1", "A", "10002"), ("C", "T1", None, "10002"), ("D", "T2", None, "10002"),
        ("E", "T1", None, None), ("F", "T1", None, None),
    )  # fmt: skip
    assert groups(frame, policy) == [["A", "B", "C"], ["D"], ["E"], ["F"]]


def test_no_accounts_no_units():
    assert form_units(accounts(), POLICY).n_units == 0


def test_units_are_numbered_by_their_first_account_and_sum_over_their_members():
    import numpy as np

    frame = accounts(("A", "T1"), ("B", "T1"), ("C", "T1", "A"))
    units = form_units(frame, POLICY)
    assert units.unit_of_account.tolist() == [0, 1, 0]
    assert units.total(np.array([1.0, 2.0, 4.0])).tolist() == [5.0, 2.0]
    assert units.largest(np.array([1, 2, 4])).tolist() == [4, 2]
    assert units.heaviest_account(np.array([1.0, 2.0, 4.0])).tolist() == [2, 1]
