import datetime as dt

import pytest

from evenhand.foundation.errors import Refusal
from evenhand.review.chain import Delegation, check_delegation, find_approvers, find_line, stand_for

#        cro
#      /     \
#    vp1     vp2
#   /   \     |
#  m1   m2    m3
#  r1   r2    r3
FIRM = {"r1": "m1", "r2": "m2", "r3": "m3", "m1": "vp1", "m2": "vp1", "m3": "vp2", "vp1": "cro", "vp2": "cro"}
DAY = dt.date(2026, 10, 5)


@pytest.mark.parametrize(
    ("touched", "left_out", "approvers"),
    [
        (["r1", "r2"], [], ("vp1", "cro")),
        (["r1", "r3"], [], ("cro",)),
        (["r1"], [], ("vp1", "cro")),
        (["r1", "r2"], ["vp1"], ("cro",)),
        (["r1", "r2"], ["vp1", "cro"], ()),
        (["stranger"], [], ()),
        (["r1", "stranger"], [], ("vp1", "cro")),
    ],
)
def test_approval_starts_with_the_nearest_leader_above_all_touched_teams(touched, left_out, approvers):
    assert find_approvers(touched, FIRM, levels=2, leave_out=left_out) == approvers


def test_where_there_are_only_managers_they_approve():
    assert find_approvers(["r1"], {"r1": "m1"}, levels=2, leave_out=()) == ("m1",)


def test_a_circle_of_managers_ends():
    assert find_line("a", {"a": "b", "b": "c", "c": "b"}) == ["b", "c"]
    assert find_line("a", {"a": "a"}) == []


def test_a_delegate_stands_in_on_the_days_named_and_delegates_no_further():
    delegations = [Delegation("vp1", "m1", DAY, DAY + dt.timedelta(days=2)), Delegation("cro", "vp1", DAY, DAY)]
    assert stand_for("m1", delegations, DAY) == {"vp1"}
    assert stand_for("m1", delegations, DAY + dt.timedelta(days=3)) == set()
    assert stand_for("vp1", delegations, DAY) == {"cro"}


@pytest.mark.parametrize(
    ("of", "to", "days"), [("a", "a", (0, 1)), ("a", "b", (1, 0)), ("a", "b", (-5, -1))], ids=["self", "turned", "past"]
)
def test_a_delegation_that_cannot_be_is_refused(of, to, days):
    starts, ends = (DAY + dt.timedelta(days=n) for n in days)
    with pytest.raises(Refusal, match="RV301"):
        check_delegation(Delegation(of, to, starts, ends), DAY)
