"""The agenda of a review: items with minutes, what is known, and what is to be decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.diagnose import State, TriggerSeverity
from evenhand.diagnose.wording import say_count, say_money
from evenhand.measure.watch import TITLES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from evenhand.diagnose import Trigger
    from evenhand.measure.watch import Alert
    from evenhand.policy import Policy


@dataclass(frozen=True)
class Item:
    """One item.

    Attributes
    ----------
    minutes
        How long it takes.
    facts
        What is known, in sentences with figures.
    decides
        What is to be decided; empty where people only need to know.
    """

    title: str
    minutes: int
    facts: tuple[str, ...]
    decides: str = ""


@dataclass(frozen=True)
class Agenda:
    """What a review is about.

    Attributes
    ----------
    suggests
        "no change" or "plan": what the triggers come to. People decide.
    """

    title: str
    due_on: dt.date
    book_on: dt.date
    suggests: str
    headline: str
    items: tuple[Item, ...]

    @property
    def minutes(self) -> int:
        """How long the meeting is."""
        return sum(item.minutes for item in self.items)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON and documents."""
        return {
            "title": self.title,
            "due_on": self.due_on.isoformat(),
            "book_on": self.book_on.isoformat(),
            "suggests": self.suggests,
            "headline": self.headline,
            "minutes": self.minutes,
            "items": [
                {"title": one.title, "minutes": one.minutes, "facts": list(one.facts), "decides": one.decides}
                for one in self.items
            ],
        }


def write_agenda(
    title: str,
    due_on: dt.date,
    book_on: dt.date,
    conclusion: str,
    triggers: Sequence[Trigger],
    policy: Policy,
    *,
    outcome: Sequence[str] = (),
    alerts: Sequence[Alert] = (),
    moves_by_grade: Mapping[str, int] | None = None,
    currency: str = "",
    next_on: dt.date | None = None,
) -> Agenda:
    """Write the agenda of a review.

    Parameters
    ----------
    conclusion
        Of the diagnosis.
    outcome
        What the last cycle came to, in sentences.
    alerts
        Those that are open.
    moves_by_grade
        Of a plan that is on the table already.

    Notes
    -----
    Where no trigger fired, the meeting is short: three items in cadence.quiet_minutes. Else its items share
    cadence.meeting_minutes by weight: most of it goes to what fired and to the decision.

    References
    ----------
    Policy entries ``cadence.meeting_minutes``, ``cadence.quiet_minutes``, ``measure.cost_…_cents``.
    """
    fired = [one for one in triggers if one.state is State.FIRED]
    rest = [one for one in triggers if one.state in (State.NEAR, State.CANNOT_TELL)]
    after = f"The next review is on {next_on:%d %B %Y}." if next_on else ""
    drafts: list[tuple[int, str, tuple[str, ...], str]] = []
    if outcome:
        drafts.append((3, "What the last cycle came to", tuple(outcome), ""))
    drafts.append((2, "Where the territories stand", (conclusion,), ""))
    if not fired:
        known = tuple(f"{one.title}: {one.message}" for one in rest) or ("Nothing is near its threshold.",)
        drafts.append((1, "What comes near", known, ""))
        drafts.append(
            (1, "Decision", _clean(("No trigger fired.", after)), "Record: no changes needed, and the reason.")
        )
        items = _share(drafts, policy.cadence.quiet_minutes)
        headline = "No trigger fired: record that nothing changes, unless somebody knows better."
        return Agenda(title, due_on, book_on, "no change", headline, items)
    for one in sorted(fired, key=lambda trigger: (trigger.severity is not TriggerSeverity.HIGH, trigger.name)):
        weight = 4 if one.severity is TriggerSeverity.HIGH else 3
        drafts.append((weight, one.title, (one.message,), "Does this need a plan now, or can it wait until the next?"))
    if rest:
        drafts.append(
            (2, "What comes near, and what can't be told", tuple(f"{one.title}: {one.message}" for one in rest), "")
        )
    if alerts:
        said = tuple(
            f"{TITLES.get(alert.trigger, alert.trigger)}, {', '.join(alert.subject_ids)}: since {alert.first_on}."
            for alert in alerts[:_MOST_ALERTS]
        )
        drafts.append((1, "Alerts between the reviews", said, ""))
    if moves_by_grade is not None:
        drafts.append(
            (5, "The plan on the table", _say_plan(moves_by_grade, policy, currency), "Put it to the managers?")
        )
    drafts.append((4, "Decision", _clean((after,)), "No change, with the reason; or a plan, by whom and by when."))
    headline = f"{say_count(len(fired), 'trigger')} fired: decide whether something has to move."
    return Agenda(title, due_on, book_on, "plan", headline, _share(drafts, policy.cadence.meeting_minutes))


_MOST_ALERTS = 8


def _share(drafts: Sequence[tuple[int, str, tuple[str, ...], str]], minutes: int) -> tuple[Item, ...]:
    """Share the minutes by weight, whole minutes that add up; the largest remainders get what is left."""
    total = sum(weight for weight, *_ in drafts)
    exact = [minutes * weight / total for weight, *_ in drafts]
    whole = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda n: (whole[n] - exact[n], n))
    for n in order[: minutes - sum(whole)]:
        whole[n] += 1
    return tuple(Item(title, n, facts, decides) for n, (_, title, facts, decides) in zip(whole, drafts, strict=True))


def _say_plan(moves_by_grade: Mapping[str, int], policy: Policy, currency: str) -> tuple[str, ...]:
    said = [
        ", ".join(f"{say_count(n, 'move')} of grade {grade}" for grade, n in moves_by_grade.items() if n) or "No moves"
    ]
    costs = {grade: getattr(policy.measure, f"cost_{grade}_cents") for grade in moves_by_grade}
    known = {grade: cost for grade, cost in costs.items() if cost is not None and moves_by_grade[grade]}
    if known:
        total = sum(moves_by_grade[grade] * cost for grade, cost in known.items())
        does = "cost" if total >= 0 else "bring"
        of = (
            ""
            if len(known) == sum(1 for n in moves_by_grade.values() if n)
            else f" (of grade {', '.join(known)} alone)"
        )
        said.append(
            f"By what moves of the past did, these are expected to {does} {say_money(abs(total), currency)} of "
            f"pipeline in the quarter after{of}"
        )
    return tuple(f"{text}." for text in said)


def _clean(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if part)
