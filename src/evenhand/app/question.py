"""What a plan is asked for: what the policy is to say otherwise, and what happens at the same time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from evenhand._version import __version__
from evenhand.diagnose.wording import say_count, say_list
from evenhand.foundation.errors import InputError
from evenhand.foundation.hashing import hash_values
from evenhand.plan.events import spell_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.policy import Policy

_BANDS = {
    "potential": "potential",
    "accounts": "number of accounts",
    "qualified": "qualified accounts",
    "workload": "workload",
    "pipeline": "pipeline",
}
_NAME_LENGTH = 40


@dataclass(frozen=True)
class Question:
    """What a plan is asked for.

    Attributes
    ----------
    values
        Policy entries by dotted name that hold otherwise than in the firm's policy.
    events
        As on the command line: ``rep-left:territory=T07``; or texts of several, see `spell_events`.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[str, ...] = ()

    def under(self, policy: Policy) -> Policy:
        """Return the firm's policy with what the question sets otherwise."""
        return policy.with_values(self.values) if self.values else policy

    def spelt_out(self) -> Question:
        """Return it with every event as on the command line, where a text has several of them or is TOML.

        Raises
        ------
        InputError
            Naming every event that is wrong.
        """
        return replace(self, events=spell_events(self.events))

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {"values": dict(self.values), "events": list(self.events)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Question:
        """Make it of plain values."""
        return cls(dict(plain.get("values", {})), tuple(plain.get("events", ())))


def check_question(question: Question, policy: Policy) -> Policy:
    """Check a question against a firm's policy; return the policy that it is asked under.

    Raises
    ------
    InputError
        Naming every entry and event that is wrong.
    """
    problems: dict[str, str] = {}
    try:
        spell_events(question.events)
    except InputError as error:
        problems.update(error.problems)
    try:
        policy = question.under(policy)
    except InputError as error:
        problems.update(error.problems)
    if problems:
        raise InputError(problems)
    return policy


def name_plan(book_hash: str, policy: Policy, events: tuple[str, ...]) -> str:
    """Name the folder of a plan by what it is asked for: the same question has the same plan."""
    return hash_values([book_hash, policy.content_hash, list(events), __version__])[:_NAME_LENGTH]


def say_question(policy: Policy, events: tuple[str, ...] = ()) -> str:
    """Say in a sentence what a plan under this policy is asked for."""
    bands = [
        f"within {_percent(tolerance)} of its share of {word}"
        for name, word in _BANDS.items()
        if (tolerance := getattr(policy.bands, name)) is not None
    ]
    parts = [f"Every territory {say_list(bands)}" if bands else "No band on any measure"]
    if policy.bands.workload_ceiling is not None:
        parts.append(f"no seat above {_percent(policy.bands.workload_ceiling)} of its hours")
    limits = (("most_moves", "in all"), ("most_moves_from", "out of a territory"), ("most_moves_into", "into one"))
    parts += [
        f"at most {say_count(limit, 'move')} {where}"
        for name, where in limits
        if (limit := getattr(policy.moves, name)) is not None
    ]
    if policy.moves.locked_accounts:
        parts.append(f"{say_count(len(policy.moves.locked_accounts), 'account')} locked")
    parts += [_say_event(event) for event in events]
    return "; ".join(parts) + "."


def title_question(policy: Policy, events: tuple[str, ...] = ()) -> str:
    """Give a plan under this policy a name that fits a table: ``Within 15 %, at most 30 moves, rep left T07``."""
    others = [name for name in _BANDS if name != "potential" and getattr(policy.bands, name) is not None]
    parts = ["No band" if policy.bands.potential is None else f"Within {_percent(policy.bands.potential)}"]
    parts += [f"{_BANDS[name]} {_percent(getattr(policy.bands, name))}" for name in others]
    if policy.moves.most_moves is not None:
        parts.append(f"at most {say_count(policy.moves.most_moves, 'move')}")
    if policy.moves.locked_accounts:
        parts.append(f"{len(policy.moves.locked_accounts):,} locked")
    parts += [" ".join([event.partition(":")[0].replace("-", " "), *_places(event)]) for event in events]
    return ", ".join(parts)


def _places(event: str) -> list[str]:
    settings = dict(part.partition("=")[::2] for part in event.partition(":")[2].split(","))
    return [
        place.strip() for name in ("territory", "territories") for place in settings.get(name, "").split(";") if place
    ]


def _say_event(event: str) -> str:
    kind, _, rest = event.partition(":")
    return f"{kind.replace('-', ' ')} ({rest.replace(',', ', ').replace(';', ' and ')})"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"
