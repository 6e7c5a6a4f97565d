import numpy as np
import polars as pl
import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.edits import exclude, lock, move, move_alone
from evenhand.plan.edits.effect import find_rows, separate
from evenhand.plan.make import make_plan, state
from evenhand.plan.units import Units


def test_rows_are_found_and_unknown_accounts_named():
    ids = pl.Series(["A1", "A2", "A4"])
    assert find_rows(ids, [lock("A4"), lock("A1")]).tolist() == [2, 0]
    with pytest.raises(InputError) as error:
        find_rows(ids, [lock("A3"), lock("A1"), move("A9", "T1")])
    assert set(error.value.problems) == {"lock:A3", "move:A9=T1"}
    with pytest.raises(InputError):
        find_rows(pl.Series([], dtype=pl.String), [lock("A1")])


def test_separated_accounts_are_units_of_their_own_numbered_by_their_first_account():
    units = Units(np.array([0, 1, 0, 0, 1]), 2, 0)
    apart = separate(units, np.array([0, 4]))
    assert apart.unit_of_account.tolist() == [0, 1, 2, 2, 3]
    assert apart.n_units == 4


def test_a_move_by_hand_is_kept_and_takes_the_family_along(firm, build_small, small_policy):

    book = build_small(A21={"parent_account_id": "A20"})
    plan = make_plan(book, small_policy, edits=[move("A20", "T1")])
    places = dict(plan.assignment.iter_rows())
    assert places["A20"] == places["A21"] == "T1"
    alone = make_plan(book, small_policy, edits=[move_alone("A20", "T1"), lock("A21")])
    places = dict(alone.assignment.iter_rows())
    assert (places["A20"], places["A21"]) == ("T1", "T2")
    assert plan.edits == ("move:A20=T1",)


def test_of_several_edits_the_last_counts(firm):
    book, policy, _ = firm
    statement = state(book, policy, edits=[move("A00", "T1"), lock("A00")])
    assert statement.pinned[0] == 0
    assert statement.problem.candidates[0].tolist() == [0, -1, -1]
    statement = state(book, policy, edits=[lock("A00"), move("A00", "T1")])
    assert statement.pinned[0] == 1
    assert statement.problem.candidates[0, 0] == -1


def test_an_excluded_account_counts_nowhere_but_keeps_its_part_of_the_quota(firm):
    book, policy, plan = firm
    without = make_plan(book, policy, edits=[exclude("A00")])
    target = pl.col("measure") == "potential"
    assert without.territories.filter(target)["target"].to_list() == pytest.approx([260 / 3] * 3)
    assert without.territories.filter(target)["before"].to_list() == pytest.approx([65, 100, 95])
    assert plan.territories.filter(target)["before"].to_list() == pytest.approx([105, 100, 95])
    assert without.quota_summary["opening_cents"].sum() == without.quota_summary["new_cents"].sum()


@pytest.mark.parametrize(
    ("edit", "says"),
    [(move("A00", "T9"), "there is no territory 'T9'"), (move("XX", "T1"), "no active account")],
)
def test_what_is_not_there_is_named(firm, edit, says):
    book, policy, _ = firm
    with pytest.raises(InputError, match=says):
        make_plan(book, policy, edits=[edit])
