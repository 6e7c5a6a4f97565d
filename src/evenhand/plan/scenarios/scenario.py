"""A scenario: what would be otherwise than agreed, by name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import InputError
from evenhand.foundation.hashing import hash_values
from evenhand.foundation.spelling import say_nearest
from evenhand.plan.edits import parse_edit
from evenhand.plan.events import parse_event
from evenhand.policy.validation import overlay, problems_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evenhand.policy import Policy

AGREED = "agreed"
"""The scenario that changes nothing: the policy as it is signed."""


@dataclass(frozen=True)
class Scenario:
    """A named overlay of the policy, with events and decisions by hand.

    Two scenarios that say the same are equal and have the same hash.

    Attributes
    ----------
    changes
        Entries of the policy that it sets otherwise, nested by section.
    events
        As on the command line: ``rep-left:territory=T07``.
    edits
        Locks and other decisions by hand, as text: ``lock:A000016``.
    parent
        The scenario it starts from: all of the parent's changes, events and edits come first.
    """

    name: str
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    events: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    parent: str | None = None
    description: str = ""

    def __post_init__(self) -> None:
        problems: dict[str, str] = {}
        if not self.name or self.name != self.name.strip() or set(self.name) & set("/\\\0") or self.name in {".", ".."}:
            problems["scenario"] = f"{self.name!r} can't be the name of a folder"
        for read, texts in ((parse_event, self.events), (parse_edit, self.edits)):
            for text in texts:
                try:
                    read(text)
                except InputError as error:
                    problems |= {f"scenario {self.name}, {where}": what for where, what in error.problems.items()}
        problems |= {f"scenario {self.name}, {path}": what for path, what in problems_of(self.changes).items()}
        if problems:
            raise InputError(problems)
        # A copy of plain values, so that nobody changes it from outside.
        object.__setattr__(self, "changes", json.loads(json.dumps(self.changes, default=str)))

    @property
    def content_hash(self) -> str:
        """SHA-256 of what it says, its name included."""
        return hash_values(
            {
                "name": self.name,
                "changes": self.changes,
                "events": self.events,
                "edits": self.edits,
                "parent": self.parent,
                "description": self.description,
            }
        )

    def apply(self, policy: Policy) -> Policy:
        """Return the policy with the scenario's changes in force, under its name."""
        if self.name == AGREED and not self.changes:
            return policy
        scenarios = {**policy.scenarios, self.name: dict(self.changes)}
        return type(policy).of(
            overlay(policy.tree(), self.changes),
            name=policy.name,
            provenance=policy.provenance,
            scenarios=scenarios,
            scenario=self.name,
        )


def inherit(scenario: Scenario, parent: Scenario) -> Scenario:
    """Return the scenario with all that its parent says before what it says itself."""
    changes = overlay(dict(parent.changes), scenario.changes)
    return Scenario(
        scenario.name,
        changes,
        (*parent.events, *(event for event in scenario.events if event not in parent.events)),
        (*parent.edits, *scenario.edits),
        parent.name,
        scenario.description,
    )


def order_scenarios(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Put parents before children, give each what it inherits, and `AGREED` first.

    A scenario without parent starts from `AGREED`, which is added where it isn't there.

    Raises
    ------
    InputError
        Naming names that are there twice, parents that aren't there, and circles.
    """
    named = {scenario.name: scenario for scenario in reversed(scenarios)}
    names = [scenario.name for scenario in scenarios]
    problems = {f"scenario {name}": "is there more than once" for name in named if names.count(name) > 1}
    known = {*named, AGREED}
    problems |= {
        f"scenario {scenario.name}": f"its parent {scenario.parent!r} isn't there.{say_nearest(scenario.parent, known)}"
        for scenario in scenarios
        if scenario.parent is not None and scenario.parent not in known
    }
    if AGREED in named and named[AGREED].parent is not None:
        problems[f"scenario {AGREED}"] = "is what all others start from, so it has no parent"
    if problems:
        raise InputError(problems)
    done: dict[str, Scenario] = {AGREED: named.get(AGREED, Scenario(AGREED))}
    waiting = [scenario for scenario in scenarios if scenario.name != AGREED]
    while waiting:
        ready = [scenario for scenario in waiting if (scenario.parent or AGREED) in done]
        if not ready:
            raise InputError({f"scenario {s.name}": "is its own ancestor" for s in waiting})
        for scenario in ready:
            done[scenario.name] = inherit(scenario, done[scenario.parent or AGREED])
        waiting = [scenario for scenario in waiting if scenario.name not in done]
    listed = list(dict.fromkeys([AGREED, *names]))
    return tuple(done[name] for name in listed)
