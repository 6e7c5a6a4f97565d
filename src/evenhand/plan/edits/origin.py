"""What a plan that is to be edited was made from, whether it was just made or read from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.plan.edits.edit import parse_edit
from evenhand.plan.edits.log import read_steps
from evenhand.plan.events import parse_event
from evenhand.plan.plan import Plan

if TYPE_CHECKING:
    import polars as pl

    from evenhand.plan.edits.edit import Edit
    from evenhand.plan.events import Event
    from evenhand.plan.plan import Step
    from evenhand.plan.record import PlanRecord


@dataclass(frozen=True, eq=False)
class Origin:
    """Everything that a plan rests on but the book and the policy.

    Attributes
    ----------
    assignment
        account_id, territory_id of every account of the book.
    certificate
        The table of the proof.
    steps
        What was done to the plan after it was made.
    """

    events: tuple[Event, ...]
    edits: tuple[Edit, ...]
    earlier_moves: pl.DataFrame | None
    assignment: pl.DataFrame
    certificate: pl.DataFrame
    steps: tuple[Step, ...]
    seconds: float
    seed: int
    scenario: str | None
    parent: str | None
    is_interrupted: bool
    book_hash: str
    policy_hash: str


def find_origin(made: Plan | PlanRecord) -> Origin:
    """Take a plan apart."""
    if isinstance(made, Plan):
        return Origin(
            events=tuple(parse_event(text) for text in made.events),
            edits=tuple(parse_edit(text) for text in made.edits),
            earlier_moves=made.earlier_moves,
            assignment=made.assignment,
            certificate=made.certificate,
            steps=made.steps,
            seconds=made.seconds,
            seed=made.seed,
            scenario=made.scenario,
            parent=made.parent,
            is_interrupted=made.status == "interrupted",
            book_hash=made.book_hash,
            policy_hash=made.policy_hash,
        )
    summary, tables = made.summary, made.tables
    return Origin(
        events=tuple(parse_event(text) for text in summary["events"]),
        edits=tuple(parse_edit(text) for text in summary.get("edits", ())),
        earlier_moves=tables.get("earlier_moves"),
        assignment=tables["assignment"],
        certificate=tables["certificate"],
        steps=read_steps(summary, tables),
        seconds=summary["seconds"],
        seed=summary["seed"],
        scenario=summary["scenario"],
        parent=summary.get("parent"),
        is_interrupted=summary["status"] == "interrupted",
        book_hash=summary["hashes"]["book"],
        policy_hash=summary["hashes"]["policy"],
    )
