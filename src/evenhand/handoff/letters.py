"""What the letters say: to reps who lose accounts, to those who gain them, and to their managers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.book.still_open import STILL_OPEN
from evenhand.handoff.figures import Figure, cents, count, day, rows_by

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from evenhand.book.book import Book
    from evenhand.handoff.handoff import Handoff
    from evenhand.policy import Policy

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


@dataclass(frozen=True, eq=False)
class Told:
    """What is known for telling it.

    Attributes
    ----------
    territories
        The plan's: territory_id, measure, before, after, lower, upper, status_before.
    quotas
        The plan's: territory_id, line, amount_cents.
    titles
        What each line of a quota is called.
    reasons
        Sentences on why a territory is changed, by territory: fired triggers and events.
    next_review_on
        When the next review is.
    """

    book: Book
    handoff: Handoff
    policy: Policy
    territories: pl.DataFrame
    quotas: pl.DataFrame
    titles: Mapping[str, str]
    reasons: Mapping[str, Sequence[str]]
    next_review_on: dt.date


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
        self.names = _names(book.accounts, "account_id")
        self.people = _names(book.reps, "rep_id")
        self.emails = dict(book.reps.select("rep_id", "email").iter_rows())
        self.places = name_places(told)
        self.seats = {row["territory_id"]: row for row in self.handoff.seats.iter_rows(named=True)}
        self.measures = {(row["territory_id"], row["measure"]): row for row in told.territories.iter_rows(named=True)}
        moved = self.handoff.moves.join(
            self.handoff.timeline.introductions.drop("unit_id"), on="account_id", how="left"
        ).sort("introduce_on", "account_id")
        self.leaving = rows_by(moved, "from_territory_id")
        self.arriving = rows_by(moved, "to_territory_id")
        self.deals_from = rows_by(self.handoff.ledger, "from_territory_id")
        self.deals_to = rows_by(self.handoff.ledger, "to_territory_id")
        self.lines = {key[0]: frame for key, frame in told.quotas.partition_by("territory_id", as_dict=True).items()}
        self.tasks = self.handoff.tasks
        layers = book.seats.select("territory_id", "layer")
        still_open = _open_by_territory(book)
        self.n_open = dict(still_open.iter_rows())
        held = (
            told.territories.filter(pl.col("measure") == "accounts")
            .join(layers, on="territory_id")
            .join(still_open, on="territory_id", how="left")
        )
        averages = held.group_by("layer").agg(pl.col("before").mean(), pl.col("n_open").fill_null(0).mean())
        self.averages = {row[0]: row[1:] for row in averages.iter_rows()}
        self.layers = dict(layers.iter_rows())

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
                "deals_kept": [self._deal(row) for row in deals if self._is_kept(row)],
                "deals_going": [self._deal(row) for row in deals if not self._is_kept(row)],
                "reasons": list(self.told.reasons.get(seat, ())),
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
                "deals_soon": [self._deal(row) for row in moving if not self._is_kept(row)],
                "deals_later": [self._deal(row) for row in moving if self._is_kept(row)],
                "reasons": [],
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
        accounts = self.measures.get((seat, "accounts"), {"before": 0, "after": 0})
        potential = self.measures.get((seat, "potential"))
        average, open_average = self.averages.get(self.layers.get(seat), (0.0, 0.0))
        n_open = self.n_open.get(seat, 0)
        source = f"territories.csv, {seat}"
        seats = "territories.csv, average of the seats of the layer"
        lines = [
            {
                "title": self.told.titles.get(line, line),
                "name": line,
                "amount": cents(amount, f"quotas.csv, {seat}, {line}"),
            }
            for line, amount in self.lines[seat].select("line", "amount_cents").iter_rows()
            if amount or line == "opening"
        ] if seat in self.lines else []  # fmt: skip
        opening = next((line["amount"].value for line in lines if line["name"] == "opening"), 0)
        new = sum(line["amount"].value for line in lines)
        return {
            "territory": self.places[seat],
            "manager_name": self.people.get(manager, "") if manager else "",
            "n_before": count(accounts["before"], f"{source}, accounts"),
            "n_after": count(accounts["after"], f"{source}, accounts"),
            "n_average": count(average, f"{seats}, accounts"),
            "against_average": _against(accounts["before"], average, f"{source} and {seats}, accounts"),
            "n_open": count(n_open, f"opportunities of the accounts of {seat}, open"),
            "n_open_average": count(open_average, "opportunities, open, average of the seats of the layer"),
            "open_against_average": _against(n_open, open_average, "opportunities, open"),
            "potential_change": _change(potential, f"{source}, potential"),
            "status_before": potential["status_before"] if potential else None,
            "status_after": potential["status_after"] if potential else None,
            "quota_lines": lines,
            "quota_opening": cents(opening, f"quotas.csv, {seat}, opening"),
            "quota_new": cents(new, f"quotas.csv, {seat}, sum of the lines"),
            "quota_change": _against(new, opening, f"quotas.csv, {seat}"),
            "unchanged_raise": self._unchanged_raise(potential, f"{source}, potential"),
        }

    @staticmethod
    def _unchanged_raise(potential: Mapping[str, Any] | None, source: str) -> Figure | None:
        if not potential or not potential["before"] or not potential["after"]:
            return None
        return Figure(potential["before"] / potential["after"] - 1, "change", f"{source}, before ÷ after − 1")

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

    @staticmethod
    def _is_kept(row: Mapping[str, Any]) -> bool:
        return row["transfers_on"] is None or row["deadline_on"] is not None


def _against(value: float, reference: float, source: str) -> Figure | None:
    return Figure(value / reference - 1, "change", source) if reference else None


def _change(measure: Mapping[str, Any] | None, source: str) -> Figure | None:
    return _against(measure["after"], measure["before"], source) if measure and measure["before"] else None


def name_places(told: Told) -> dict[str, str]:
    """Return what every territory is called; one that the plan opens by its id."""
    opened = {territory: territory for territory in told.handoff.seats["territory_id"]}
    return opened | _names(told.book.territories, "territory_id")


def _names(table: pl.DataFrame, key: str) -> dict[str, str]:
    return dict(table.select(key, pl.coalesce("name", key)).iter_rows())


def _open_by_territory(book: Book) -> pl.DataFrame:
    return (
        book.opportunities.filter(STILL_OPEN)
        .join(book.active_accounts.select("account_id", "territory_id"), on="account_id")
        .group_by("territory_id")
        .agg(n_open=pl.len())
    )
