"""No alarm twice for the same cause; a growing one past the policy's step; a snooze that ends."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.diagnose.triggers.trigger import State, Trigger, TriggerSeverity
from evenhand.measure.watch import AlertState, list_causes, watch
from evenhand.policy import Policy

DAY = dt.date(2026, 10, 1)
WEEK = dt.timedelta(days=7)
POLICY = Policy()


def fire(name="potential_band", *territories, value=0.3, state=State.FIRED, **more):
    return Trigger(
        name, name, state, TriggerSeverity.MEDIUM, f"{name} {value}", "", value=value, territory_ids=territories, **more
    )


def run(books, known=()):
    alarms = []
    for n, triggers in enumerate(books):
        told = watch(known, triggers, DAY + n * WEEK, POLICY)
        known = told.alerts
        alarms.append(len(told.alarms))
    return known, alarms


def test_the_same_cause_alarms_once_and_again_after_it_was_gone():
    trigger = fire("potential_band", "T1", "T2")
    _, alarms = run([[trigger], [trigger], [], [], [trigger]])
    assert alarms == [2, 0, 0, 0, 2]


def test_one_more_territory_alarms_for_itself_alone():
    _, alarms = run([[fire("potential_band", "T1", "T2")], [fire("potential_band", "T2", "T3", "T1")]])
    assert alarms == [2, 1]


@pytest.mark.parametrize(
    ("values", "alarms"),
    [
        ([0.20, 0.24], [1, 0]),
        ([0.20, 0.25], [1, 1]),
        # Growth counts from the last alarm, not from book to book: creeping up alarms too.
        ([0.20, 0.24, 0.26, 0.32, 0.33], [1, 0, 1, 0, 1]),
        ([0.40, 0.25, 0.40], [1, 0, 0]),
    ],
)
def test_growth_alarms_past_the_step(values, alarms):
    assert run([[fire("qualified_spread", "T1", "T2", value=value)] for value in values])[1] == alarms


def test_which_of_two_is_larger_is_no_new_cause():
    _, alarms = run([[fire("win_rate", "T1", "T2")], [fire("win_rate", "T2", "T1")]])
    assert alarms == [1, 0]


def test_each_vacant_seat_has_its_own_days():
    trigger = fire("vacancy", "T1", "T2", value=40.0, figures={"vacant_days": {"T1": 40, "T2": 15}})
    assert {cause.subject_ids: cause.value for cause in list_causes([trigger])} == {("T1",): 40.0, ("T2",): 15.0}


def snoozed(alert, until):
    from dataclasses import replace

    return replace(alert, state=AlertState.SNOOZED, snoozed_until=until, reason="after the fair")


def test_a_snooze_keeps_quiet_until_its_day_or_until_it_grows():
    (alert,) = watch((), [fire("potential_band", "T1", value=0.2)], DAY, POLICY).alerts
    quiet = snoozed(alert, DAY + 3 * WEEK)
    early = watch([quiet], [fire("potential_band", "T1", value=0.2)], DAY + WEEK, POLICY)
    assert (early.alarms, early.alerts[0].state) == ((), AlertState.SNOOZED)
    over = watch([quiet], [fire("potential_band", "T1", value=0.2)], DAY + 3 * WEEK, POLICY)
    assert (len(over.alarms), over.alerts[0].state) == (1, AlertState.OPEN)
    grown = watch([quiet], [fire("potential_band", "T1", value=0.3)], DAY + WEEK, POLICY)
    assert len(grown.alarms) == 1
    gone = watch([quiet], [], DAY + WEEK, POLICY)
    assert (gone.alarms, gone.alerts[0].state) == ((), AlertState.SETTLED)


def test_an_older_book_changes_nothing():
    (alert,) = watch((), [fire("potential_band", "T1")], DAY, POLICY).alerts
    told = watch([alert], [], DAY - WEEK, POLICY)
    assert told.alerts == (alert,)


_CAUSES = st.sets(st.tuples(st.sampled_from(["potential_band", "win_rate"]), st.sampled_from(["T1", "T2"])))


@given(st.lists(_CAUSES, max_size=8))
def test_no_cause_alarms_twice_while_it_lasts(books):
    known, before = (), set()
    for n, causes in enumerate(books):
        triggers = [fire(name, seat, value=0.3) for name, seat in sorted(causes)]
        told = watch(known, triggers, DAY + n * WEEK, POLICY)
        now = {cause.key for cause in list_causes(triggers)}
        assert set(told.alarms) == now - before
        again = watch(told.alerts, triggers, DAY + n * WEEK, POLICY)
        assert again.alarms == ()
        assert {alert.key for alert in again.alerts if alert.state is AlertState.OPEN} == now
        known, before = told.alerts, now
