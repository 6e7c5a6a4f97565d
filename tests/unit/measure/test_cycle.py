"""A review's states, its dates, and its agenda."""

import datetime as dt

import pytest

from evenhand.diagnose.triggers.trigger import State, Trigger, TriggerSeverity
from evenhand.foundation.errors import Refusal
from evenhand.measure.agenda import write_agenda
from evenhand.measure.cycle import (
    RULES,
    Stage,
    Step,
    can_take,
    check_date,
    check_step,
    counts_for,
    find_next,
    find_reminder,
    list_year,
    name_cycle,
)
from evenhand.policy import Policy

DUE = dt.date(2026, 10, 12)


def test_a_quarter_in_which_nothing_changes_takes_two_steps():
    stage = check_step(Stage.PLANNED, Step.PREPARE)
    assert check_step(stage, Step.DECIDE_NO_CHANGE, "no trigger fired") is Stage.CLOSED


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("step", Step)
def test_what_can_be_taken_is_what_is_not_refused(stage, step):
    if can_take(stage, step):
        assert check_step(stage, step, "a reason") in Stage
    else:
        with pytest.raises(Refusal, match="ME201"):
            check_step(stage, step, "a reason")


@pytest.mark.parametrize("step", [step for step, rule in RULES.items() if rule.needs_reason])
def test_a_reason_is_asked_for(step):
    with pytest.raises(Refusal, match="ME202"):
        check_step(RULES[step].stages[0], step, "  ")


def test_the_closed_review_stays_closed():
    assert not any(can_take(Stage.CLOSED, step) for step in Step)


def test_the_next_review_is_a_quarter_later_and_never_on_a_weekend():
    assert find_next(DUE, Policy()) == dt.date(2027, 1, 12)
    assert find_next(dt.date(2026, 10, 10), Policy()) == dt.date(2027, 1, 11)  # the 10th is a Sunday
    assert list_year(DUE, Policy()) == (DUE, dt.date(2027, 1, 12), dt.date(2027, 4, 12), dt.date(2027, 7, 12))
    assert name_cycle(DUE) == "2026 Q4"


def test_a_stale_book_does_not_count():
    assert counts_for(DUE - dt.timedelta(days=21), DUE, Policy())
    assert not counts_for(DUE - dt.timedelta(days=22), DUE, Policy())


def test_no_review_in_the_past_nor_in_the_far_future():
    check_date(DUE, DUE)
    for day in (DUE - dt.timedelta(days=1), dt.date(2029, 1, 1)):
        with pytest.raises(Refusal, match="ME203"):
            check_date(DUE, day)


def test_each_reminder_goes_once_also_where_the_worker_was_off():
    told, reminded = [], None
    for offset in (-20, -14, -13, -2, -1, 0, 1):
        today = DUE + dt.timedelta(days=offset)
        if (days := find_reminder(today, DUE, reminded, Policy())) is not None:
            told.append((offset, days))
            reminded = today
    assert told == [(-14, 14), (-2, 3), (0, 0)]


def trigger(name, state=State.FIRED, severity=TriggerSeverity.MEDIUM):
    return Trigger(name, name.replace("_", " ").title(), state, severity, f"{name} says so.", "")


def test_a_quiet_quarter_has_a_short_agenda():
    agenda = write_agenda("2026 Q4", DUE, DUE, "No changes needed.", [trigger("a", State.QUIET)], Policy())
    assert (agenda.suggests, agenda.minutes) == ("no change", 15)
    assert [item.title for item in agenda.items] == ["Where the territories stand", "What comes near", "Decision"]


def test_an_agenda_puts_what_matters_most_first_and_fills_the_meeting():
    triggers = [trigger("a"), trigger("b", severity=TriggerSeverity.HIGH), trigger("c", State.NEAR)]
    policy = Policy().with_values({"measure.cost_low_cents": 12_000})
    agenda = write_agenda(
        "2026 Q4", DUE, DUE, "2 triggers fired.", triggers, policy, outcome=("It worked.",),
        moves_by_grade={"low": 5, "medium": 1, "high": 0}, currency="USD", next_on=dt.date(2027, 1, 12),
    )  # fmt: skip
    titles = [item.title for item in agenda.items]
    assert titles.index("B") < titles.index("A") < titles.index("What comes near, and what can't be told")
    assert (agenda.suggests, agenda.minutes) == ("plan", 75)
    plan = next(item for item in agenda.items if item.title == "The plan on the table")
    assert plan.facts[1] == (
        "By what moves of the past did, these are expected to cost $600 of pipeline in the quarter after (of grade low "
        "alone)."
    )
    assert "12 January 2027" in agenda.items[-1].facts[0]
