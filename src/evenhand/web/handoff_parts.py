"""What a person sees of a handoff: their conversations, messages, accounts, deals and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.store.handoffs import VERDICTS, find_later, load_gate, read_actor
from evenhand.handoff.gate import WORKSPACE, Deed, Request, Standing, find_refusal
from evenhand.web.reading import find_plan
from evenhand.web.reviewing import today
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.adapters.store.doors_of_handoffs import Scope
    from evenhand.adapters.store.models import Handoff, HandoffMessage, HandoffTalk, User
    from evenhand.foundation.errors import Refusal
    from evenhand.handoff.gate import Actor, Gate

TABLES = {"ledger": "ledger.csv", "tasks": "tasks.csv", "changes": "changeset.jsonl"}
"""Tables of a handoff's folder, by the word in their address."""

KINDS = {"manager": "manager", "losing": "loses accounts", "gaining": "gains accounts", "follow-up": "follow-up"}


@dataclass(frozen=True)
class Line:
    """A message of the send plan as a person sees it.

    Attributes
    ----------
    held
        Why it doesn't go now; None where it would.
    no_override, no_withdraw
        What is in the way of these.
    verdicts
        What a person can say became of it.
    """

    row: HandoffMessage
    person: str
    place: str
    held: Refusal | None
    no_override: Refusal | None
    no_withdraw: Refusal | None
    verdicts: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """Whom it is to, in words."""
        return KINDS.get(self.row.kind, self.row.kind)

    @property
    def state(self) -> str:
        """Where it stands, in a word: held, due, or what became of it."""
        if self.row.standing != Standing.PLANNED:
            return self.row.standing
        if self.held is None:
            return "going out"
        return {"HO307": "held", "HO309": "planned", "HO303": "not released"}.get(self.held.code, "planned")


@dataclass(frozen=True)
class Conversation:
    """A conversation with a rep who loses accounts."""

    territory_id: str
    place: str
    rep: str
    manager: str
    on: str
    n_accounts: int
    talk: HandoffTalk | None
    refusal: Refusal | None
    no_take_back: Refusal | None


@dataclass(frozen=True)
class Seen:
    """A handoff as a person sees it."""

    gate: Gate
    actor: Actor
    lines: list[Line]
    conversations: list[Conversation]
    mine: list[Line]
    release: Refusal | None
    stop: Refusal | None
    later: Handoff | None
    places: dict[str, str]
    people: dict[str, str]

    @property
    def n_held(self) -> int:
        """How many messages wait for conversations."""
        return sum(line.state == "held" for line in self.lines)

    @property
    def n_sent(self) -> int:
        """How many messages are out."""
        return sum(line.row.standing in (Standing.SENT, Standing.UNCHANGED) for line in self.lines)

    @property
    def to_decide(self) -> list[Line]:
        """Messages of which a person has to say what became."""
        return [
            line for line in self.lines if line.row.standing in (Standing.UNSURE, Standing.FAILED, Standing.BOUNCED)
        ]

    @property
    def n_talked(self) -> int:
        """How many conversations are logged."""
        return sum(one.talk is not None for one in self.conversations)


def look(user: User, handoff: Handoff, scope: Scope) -> Seen:
    """Return what somebody sees of a handoff."""
    gate, day, later = load_gate(handoff), today(), find_later(handoff)
    actor = read_actor(user, scope.team)
    places: dict[str, str] = handoff.summary.get("places", {})
    people: dict[str, str] = handoff.summary.get("people", {})
    rows = [row for row in handoff.messages.select_related("excused_by") if scope.sees_message(row)]
    lines = [_show_line(row, gate, actor, day, places, people, keeps=user.role == "revops") for row in rows]
    talks = {talk.territory_id: talk for talk in handoff.talks.filter(taken_back_at=None).select_related("logged_by")}
    conversations = [
        Conversation(
            row["territory_id"], row["name"], row["rep"], row["manager"], row["on"], row["n_accounts"],
            talks.get(row["territory_id"]),
            find_refusal(gate, Deed.LOG, actor, Request(day, row["territory_id"]), blank=True),
            find_refusal(gate, Deed.TAKE_BACK, actor, Request(day, row["territory_id"]), blank=True),
        )
        for row in handoff.summary.get("losing", ())
        if row["rep_id"] and (scope.whole or row["territory_id"] in scope.team)
    ]  # fmt: skip
    return Seen(
        gate=gate,
        actor=actor,
        lines=lines,
        conversations=conversations,
        mine=[line for line in lines if line.row.to_id in scope.person_ids],
        release=find_refusal(gate, Deed.RELEASE, actor, Request(day)),
        stop=find_refusal(gate, Deed.STOP, actor, Request(day)),
        later=later,
        places=places,
        people=people,
    )


def list_accounts(handoff: Handoff, scope: Scope) -> pl.DataFrame:
    """Return the moves that somebody sees: account_id, name, from_territory_id, to_territory_id, grade, reason."""
    moves = find_plan(handoff.run).moves
    if scope.whole:
        return moves
    return moves.filter(
        pl.col("from_territory_id").is_in(sorted(scope.team | scope.losing))
        | pl.col("to_territory_id").is_in(sorted(scope.team | scope.gaining))
    )


def list_days(handoff: Handoff, scope: Scope) -> list[dict[str, Any]]:
    """Return each account's introduction and the day it changes hands, in the order of the days."""
    moves = list_accounts(handoff, scope)
    tasks = read_table(handoff, "tasks")
    introduced = dict(tasks.filter(pl.col("kind") == "introduction").select("account_id", "due_on").iter_rows())
    transfers = dict(tasks.filter(pl.col("kind") == "account transfer").select("account_id", "due_on").iter_rows())
    places = handoff.summary.get("places", {})
    rows = [
        {
            "account_id": row["account_id"],
            "name": row["name"] or row["account_id"],
            "grade": row["grade"],
            "from": places.get(row["from_territory_id"], row["from_territory_id"]),
            "to": places.get(row["to_territory_id"], row["to_territory_id"]),
            "introduce_on": introduced.get(row["account_id"]) or "",
            "transfers_on": transfers.get(row["account_id"]) or "",
        }
        for row in moves.select("account_id", "name", "grade", "from_territory_id", "to_territory_id").iter_rows(
            named=True
        )
    ]
    return sorted(rows, key=lambda row: (row["introduce_on"], row["account_id"]))


def list_rows(handoff: Handoff, scope: Scope, table: str) -> pl.DataFrame:
    """Return the rows of a table of the handoff that somebody sees.

    Notes
    -----
    Of tasks, a rep has those that are theirs, alone or with another, about what they were told of.
    """
    frame = read_table(handoff, table)
    if scope.whole:
        return frame
    if table == "changes":
        return frame.clear()
    accounts = pl.col("account_id").is_in(list_accounts(handoff, scope)["account_id"].implode())
    if table != "tasks":
        return frame.filter(accounts)
    people = sorted(scope.person_ids)
    of_person = pl.col("owner_id").is_in(people) | pl.col("with_id").is_in(people)
    of_team = pl.col("territory_id").is_in(sorted(scope.team))
    told = pl.col("territory_id").is_in(sorted(scope.losing | scope.gaining))
    seen = of_team.fill_null(value=False) | (
        (accounts.fill_null(value=False) | told.fill_null(value=False)) & of_person.fill_null(value=False)
    )
    if scope.team:
        seen |= accounts.fill_null(value=False)
    return frame.filter(seen)


def read_table(handoff: Handoff, table: str) -> pl.DataFrame:
    """Return a table of a handoff's folder as text."""
    return _read(open_shelf().handoff(handoff.folder) / TABLES[table])


@lru_cache(maxsize=12)
def _read(path: Path) -> pl.DataFrame:
    if path.suffix == ".jsonl":
        return pl.read_ndjson(path) if path.stat().st_size else pl.DataFrame()
    return pl.read_csv(path, infer_schema=False)


def _show_line(
    row: HandoffMessage, gate: Gate, actor: Actor, day: Any, places: dict[str, str], people: dict[str, str], *,
    keeps: bool,
) -> Line:  # fmt: skip
    asked = Request(day, row.key)
    return Line(
        row,
        people.get(row.to_id, row.to_id),
        places.get(row.territory_id, row.territory_id),
        find_refusal(gate, Deed.SEND, WORKSPACE, asked),
        find_refusal(gate, Deed.OVERRIDE, actor, asked, blank=True),
        find_refusal(gate, Deed.WITHDRAW, actor, asked, blank=True),
        _list_verdicts(row, keeps=keeps),
    )


def _list_verdicts(row: HandoffMessage, *, keeps: bool) -> tuple[tuple[str, str], ...]:
    if not keeps:
        return ()
    return tuple((verdict.word, verdict.says) for verdict in VERDICTS.values() if Standing(row.standing) in verdict.of)
