"""What the letters say: to reps who lose accounts, to those who gain them, and to their managers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.handoff.figures import Figure, cents, count, day, rows_by
from evenhand.handoff.seat_figures import SeatFigures
from evenhand.handoff.told import name_places, name_records

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from evenhand.handoff.told import Told

LOSING, GAINING, MANAGER = "losing", "gaining", "manager"


@dataclass(frozen=True)
class Letter:
    """One letter, as facts for a template.

    Attributes
    ----------
    number
        Its place in the order of sending, from 1.
    kind
        losing, gaining or manager.
    to_id
        The rep or manager it is for.
    send_on
        The day of the conversation or the message.
    waits_for
        Task ids of the conversations that come first.
    facts
        What the template may say: `Figure`s, texts and lists of rows of them.
    """

    number: int
    kind: str
    to_id: str
    email: str
    territory_id: str
    send_on: dt.date
    waits_for: tuple[str, ...]
    facts: Mapping[str, Any]

    @property
    def name(self) -> str:
        """A file name that sorts in the order of sending."""
        seat = f"-{self.territory_id}" if self.territory_id else ""
        return f"{self.number:02}-{self.kind}-{self.to_id}{seat}"


def write_letters(told: Told) -> tuple[Letter, ...]:
    """Say to everybody concerned what changes, why, what happens to quota and deals, and when.

    Notes
    -----
    In the order of sending: managers, who hold the conversations; then reps who lose accounts; then those who gain
    some. A seat without a rep gets no letter; its manager's says so.
    """
    view = _View(told)
    letters = [*view.managers(), *view.losing(), *view.gaining()]
    return tuple(
        Letter(
            number, kind, to_id, view.emails.get(to_id) or "", territory, send_on, waits,
            view.common(to_id) | facts | {"send_on": day(send_on, "the timeline")},
        )
        for number, (kind, to_id, territory, send_on, waits, facts) in enumerate(letters, start=1)
    )  # fmt: skip


_Draft = tuple[str, str, str, "dt.date", tuple[str, ...], dict[str, Any]]


class _View:
    """Everything by seat, made once for all letters."""

    def __init__(self, told: Told) -> None:
        self.told, self.handoff, book = told, told.handoff, told.book
        self.names = name_records(book.accounts, "account_id")
        self.people = name_records(book.reps, "rep_id")
        self.emails = dict(book.reps.select("rep_id", "email").iter_rows())
        self.places = name_places(told)
        self.seats = {row["territory_id"]: row for row in self.handoff.seats.iter_rows(named=True)}
        self.figures = SeatFigures(told)
        moved = self.handoff.moves.join(
            self.handoff.timeline.introductions.drop("unit_id"), on="account_id", how="left"
        ).sort("introduce_on", "account_id")
        self.leaving = rows_by(moved, "from_territory_id")
        self.arriving = rows_by(moved, "to_territory_id")
        self.deals_from = rows_by(self.handoff.ledger, "from_territory_id")
        self.deals_to = rows_by(self.handoff.ledger, "to_territory_id")
        self.tasks = self.handoff.tasks

    def common(self, to_id: str) -> dict[str, Any]:
        span, handoff = self.handoff.timeline.span, self.told.policy.handoff
        rule = "the policy, handoff"
        return {
            "to_name": self.people.get(to_id, to_id),
            "next_review_on": day(self.told.next_review_on, "the policy, cadence.review_months"),
            "starts_on": day(span.starts_on, "the timeline"),
            "told_on": day(span.told_on, "the timeline"),
            "introductions_from": day(span.introductions_from, "the timeline"),
            "latest_on": day(span.latest_on, "the timeline"),
            "credit_days": count(handoff.credit_days, f"{rule}.credit_days"),
            "credit_share_from": Figure(handoff.credit_share_from, "share", f"{rule}.credit_share_from"),
            "credit_share_to": Figure(1 - handoff.credit_share_from, "share", f"{rule}.credit_share_from"),
            "deadline_days": count(
                max((r.deadline_days for r in handoff.rules if r.transfer == "at close"), default=0), f"{rule}.rules"
            ),
            "dispute_days": count(self.told.policy.review.dispute_days, "the policy, review.dispute_days"),
        }

    def losing(self) -> Iterator[_Draft]:
        for task in self._of_kind("losing conversation"):
            seat = task["territory_id"]
            if task["with_id"] is None:
                continue
            rows = self.leaving[seat]
            deals = self.deals_from.get(seat, [])
            facts = self._seat(seat, task["owner_id"]) | {
                "last_on": day(max(row["transfers_on"] for row in rows), "the timeline"),
                "n_leaving": count(len(rows), f"moves.csv, from {seat}"),
                "accounts": [self._account(row, "to") for row in rows],
                **self._deals("kept", [row for row in deals if self._is_kept(row)]),
                **self._deals("going", [row for row in deals if not self._is_kept(row)]),
                "n_coming": count(len(self.arriving.get(seat, ())), f"moves.csv, to {seat}"),
                "reasons": [Figure(text, "text", source) for text, source in self.told.reasons.get(seat, ())],
            }
            yield LOSING, task["with_id"], seat, task["due_on"], (), facts

    def gaining(self) -> Iterator[_Draft]:
        for task in self._of_kind("gaining message"):
            seat = task["territory_id"]
            to_id = task["with_id"] or task["owner_id"]
            if to_id is None:
                continue
            rows = self.arriving[seat]
            deals = self.deals_to.get(seat, [])
            moving = [row for row in deals if row["transfers_on"] is not None]
            facts = self._seat(seat, task["owner_id"]) | {
                "last_on": day(max(row["transfers_on"] for row in rows), "the timeline"),
                "n_arriving": count(len(rows), f"moves.csv, to {seat}"),
                "is_stand_in": task["with_id"] is None,
                "accounts": [self._account(row, "from") for row in rows],
                **self._deals("soon", [row for row in moving if not self._is_kept(row)]),
                **self._deals("later", [row for row in moving if self._is_kept(row)]),
                "n_away": count(len(self.leaving.get(seat, ())), f"moves.csv, from {seat}"),
            }
            yield GAINING, to_id, seat, task["due_on"], tuple((task["after"] or "").split(";")), facts

    def managers(self) -> Iterator[_Draft]:
        conversations, messages = self._of_kind("losing conversation"), self._of_kind("gaining message")
        for manager in sorted({task["owner_id"] for task in (*conversations, *messages)} - {None}):
            facts = {
                "conversations": [
                    self._talk(task, self.leaving) for task in conversations if task["owner_id"] == manager
                ],
                "messages": [self._talk(task, self.arriving) for task in messages if task["owner_id"] == manager],
                "remarks": [finding.message for finding in self.handoff.findings],
            }
            yield MANAGER, manager, "", self.handoff.timeline.span.starts_on, (), facts

    def _of_kind(self, kind: str) -> list[dict[str, Any]]:
        return self.tasks.filter(pl.col("kind") == kind).to_dicts()

    def _talk(self, task: Mapping[str, Any], moved: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
        seat = task["territory_id"]
        return {
            "name": self.people.get(task["with_id"], "") if task["with_id"] else "",
            "territory": self.places[seat],
            "n_accounts": count(len(moved[seat]), f"moves.csv, {seat}"),
            "on": day(task["due_on"], f"tasks.csv, {task['task_id']}"),
        }

    def _seat(self, seat: str, manager: str | None) -> dict[str, Any]:
        return {
            "territory": self.places[seat],
            "manager_name": self.people.get(manager, "") if manager else "",
            **self.figures.state(seat),
        }

    def _account(self, row: Mapping[str, Any], side: str) -> dict[str, Any]:
        other, rep = row[f"{side}_territory_id"], row[f"{side}_rep_id"]
        source = f"moves.csv, {row['account_id']}"
        return {
            "id": row["account_id"],
            "name": self.names[row["account_id"]],
            "grade": row["grade"],
            "territory": self.places[other],
            "rep": self.people.get(rep, "") if rep else "",
            "kind": row["kind"],
            "introduce_on": day(row["introduce_on"], source),
            "transfers_on": day(row["transfers_on"], source),
        }

    def _deal(self, row: Mapping[str, Any]) -> dict[str, Any]:
        source = f"ledger.csv, {row['opportunity_id']}"
        return {
            "id": row["opportunity_id"],
            "account": self.names[row["account_id"]],
            "amount": cents(row["amount_cents"] or 0, source),
            "stage": row["stage_number"],
            "rule": row["rule"],
            "transfers_on": day(row["transfers_on"], source) if row["transfers_on"] else None,
            "deadline_on": day(row["deadline_on"], source) if row["deadline_on"] else None,
            "why": row["why"],
        }

    def _deals(self, which: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        ids = f"ledger.csv, {', '.join(row['opportunity_id'] for row in rows)}"
        return {
            f"deals_{which}": [self._deal(row) for row in rows],
            f"n_{which}": count(len(rows), ids),
            f"amount_{which}": cents(sum(row["amount_cents"] or 0 for row in rows), ids),
        }

    @staticmethod
    def _is_kept(row: Mapping[str, Any]) -> bool:
        return row["transfers_on"] is None or row["deadline_on"] is not None
