"""From a plan's folder to everything that is needed to hand its accounts over."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from evenhand.app.policies import read_stored_policy
from evenhand.diagnose import State, diagnose
from evenhand.foundation.errors import InputError
from evenhand.handoff.briefs import write_briefs
from evenhand.handoff.change_set import list_quota_changes
from evenhand.handoff.chart import chart_timeline
from evenhand.handoff.handoff import prepare_handoff
from evenhand.handoff.letters import write_letters
from evenhand.handoff.told import Told, name_records
from evenhand.plan.quotas import TITLES
from evenhand.plan.quotas.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from evenhand.app.ports import LetterPress, Outside
    from evenhand.book.book import Book
    from evenhand.handoff.handoff import Handoff
    from evenhand.handoff.letters import Letter
    from evenhand.plan.record import PlanRecord
    from evenhand.policy import Policy

MARKER = "handoff.json"
"""The file that shows that a folder holds a handoff."""

_NOT_IN_LETTERS = ("potential_band", "win_rate")
"""The letter says itself how its territory's potential compares; how colleagues win is for their managers."""

_EVENTS = {
    "rep-left": "the rep has left",
    "layoff": "seats close",
    "merge": "territories are merged",
    "new-hire": "a new hire",
    "new-product": "a new product",
    "graduation": "accounts change segment",
}
_ID = re.compile(r"[\w.-]*\w")
_N_STEPS = 200
_LONGEST_NAME = 120


@dataclass(frozen=True, eq=False)
class Prepared:
    """What `hand_over` wrote."""

    handoff: Handoff
    letters: tuple[Letter, ...]
    n_briefs: int


def hand_over(
    outside: Outside,
    plan_folder: Path,
    book_folder: Path,
    *,
    to: Path,
    starts_on: dt.date | None = None,
    templates: Path | None = None,
    with_pdf: bool = True,
    replace: bool = False,
    on_progress: Callable[[str, float], None] | None = None,
) -> Prepared:
    """Write letters, briefs, ledger, tasks, calendar and change set of a plan into a folder.

    Parameters
    ----------
    starts_on
        Day of the first conversation; None: the first working day after the book's date.
    templates
        Folder of the firm's own templates, ``<name>.md.jinja``.
    with_pdf
        Letters as PDF too.
    replace
        True to replace an older handoff in that folder; its calendar's appointments are followed up.

    Raises
    ------
    InputError
        If the plan isn't of that book or was changed since it was written, or a template is wrong.
    """
    outside.check_target(to, MARKER, replace)
    record, changed = outside.read_plan(plan_folder)
    if changed:
        raise InputError(
            {str(plan_folder): f"{', '.join(changed)} changed since the plan was written; see evenhand check"}
        )
    book = outside.read_book(book_folder)
    if record.summary["hashes"]["book"] != book.content_hash:
        raise InputError({str(book_folder): "isn't the book that the plan was made from"})
    told, letters = tell_handoff(outside, record, book, starts_on)
    handoff, policy = told.handoff, told.policy
    own = outside.read_templates(templates) if templates is not None else {}
    press = outside.open_press(book.currency, policy.handoff.locale, own)
    moves = record.tables["moves"]
    content = _tables(handoff, _list_all_changes(told, record)) | _pages(
        told, letters, press, moves, on_progress, with_pdf=with_pdf
    )
    content["timeline.html"] = press.timeline(chart_timeline(told))
    emails = dict(book.reps.select("rep_id", "email").iter_rows())
    content["timeline.ics"] = outside.write_calendar(handoff.tasks, emails, book.as_of, to / "timeline.ics")
    content[MARKER] = _summarise(told, letters, record)
    outside.write_files(to, content, marker=MARKER, replace=replace)
    return Prepared(handoff, letters, handoff.timeline.introductions.height)


def tell_handoff(
    outside: Outside, record: PlanRecord, book: Book, starts_on: dt.date | None = None
) -> tuple[Told, tuple[Letter, ...]]:
    """Work out the handoff of a plan and what its letters say, without writing anything.

    Parameters
    ----------
    starts_on
        Day of the first conversation; None: the first working day after the book's date.
    """
    policy = read_stored_policy(record)
    countries = book.accounts["country"].drop_nulls().unique().to_list()
    first = starts_on or book.as_of
    days = outside.read_working_days(policy, first, countries)
    handoff = prepare_handoff(
        book, record.tables["moves"], record.tables["assignment"], _units(record), policy,
        starts_on or days[""].after(first), days,
    )  # fmt: skip
    told = Told(
        book, handoff, policy, record.tables["territories"], record.tables["quotas"], TITLES,
        _reasons(book, policy, record), add_months(handoff.timeline.span.starts_on, policy.cadence.review_months),
    )  # fmt: skip
    return told, write_letters(told)


def name_file(record_id: str) -> str:
    """Make a file name of a record's id: one that stays within its folder, whatever a CRM calls its records."""
    name = quote(record_id, safe=" ")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(record_id.encode()).hexdigest()[:16]}"


def _units(record: PlanRecord) -> pl.DataFrame:
    units = record.tables["problem"].select("unit_id", "account_ids")
    return units.explode("account_ids").select(account_id="account_ids", unit_id="unit_id")


def _reasons(book: Book, policy: Policy, record: PlanRecord) -> dict[str, list[tuple[str, str]]]:
    """Return what called for the change of each territory: events, and what fired, in the diagnosis' words.

    Territories are called by their names.
    """
    names = name_records(book.territories, "territory_id")

    def call_by_name(text: str) -> str:
        return _ID.sub(lambda word: names.get(word[0], word[0]), text)

    found: dict[str, list[tuple[str, str]]] = {}
    for event in record.summary["events"]:
        kind, _, of = event.partition(":")
        for territory in {word[0] for word in _ID.finditer(of)} & set(names):
            said = f"The plan was made for this event: {_EVENTS.get(kind, kind)} ({names[territory]})."
            found.setdefault(territory, []).append((said, "plan.json, events"))
    for trigger in diagnose(book, policy).triggers:
        if trigger.state is State.FIRED and trigger.name not in _NOT_IN_LETTERS:
            message = call_by_name(trigger.message)
            for territory in trigger.territory_ids:
                source = f"the diagnosis, trigger {trigger.name} by {trigger.policy_entry}"
                found.setdefault(territory, []).append((message, source))
    return found


def _list_all_changes(told: Told, record: PlanRecord) -> pl.DataFrame:
    """Return the change set with the quotas, which change when the gaining reps know, not before they hold."""
    changes = told.handoff.changes
    periods = record.tables.get("quota_periods")
    if periods is None:
        return changes
    effective_on = dt.date.fromisoformat(record.summary["quotas"]["takes_effect_on"])
    on = max(effective_on, told.handoff.timeline.span.told_on)
    return pl.concat([changes, list_quota_changes(told.book.quotas, periods, on, "file")]).sort(
        "on", maintain_order=True
    )


def _tables(handoff: Handoff, changes: pl.DataFrame) -> dict[str, bytes]:
    return {
        "ledger.csv": handoff.ledger.write_csv().encode(),
        "tasks.csv": handoff.tasks.write_csv().encode(),
        "changeset.jsonl": changes.write_ndjson().encode(),
    }


def _pages(
    told: Told,
    letters: tuple[Letter, ...],
    press: LetterPress,
    moves: pl.DataFrame,
    on_progress: Callable[[str, float], None] | None,
    *,
    with_pdf: bool,
) -> dict[str, bytes]:
    content: dict[str, bytes] = {}
    n_all = len(letters) + moves.height

    def tell(what: str, n_done: int) -> None:
        if on_progress is not None and n_done % max(n_all // _N_STEPS, 1) == 0:
            on_progress(what, n_done / max(n_all, 1))

    for n_done, letter in enumerate(letters):
        tell("letters", n_done)
        content[f"letters/{name_file(letter.name)}.html"] = press.html(letter.kind, letter.facts)
        if with_pdf:
            content[f"letters/{name_file(letter.name)}.pdf"] = press.pdf(letter.kind, letter.facts)
    for n_done, (account_id, facts) in enumerate(write_briefs(told, moves), start=len(letters)):
        tell("briefs", n_done)
        content[f"briefs/{name_file(account_id)}.html"] = press.html("brief", facts)
        content[f"introductions/{name_file(account_id)}.txt"] = press.text("introduction", facts)
    return content


def _summarise(told: Told, letters: tuple[Letter, ...], record: PlanRecord) -> bytes:
    handoff, span = told.handoff, told.handoff.timeline.span
    summary: Mapping[str, Any] = {
        "hashes": record.summary["hashes"],
        "currency": told.book.currency,
        "starts_on": span.starts_on.isoformat(),
        "told_on": span.told_on.isoformat(),
        "introductions_from": span.introductions_from.isoformat(),
        "latest_on": span.latest_on.isoformat(),
        "n_accounts": handoff.timeline.introductions.height,
        "n_deals": handoff.ledger.height,
        "letters": [
            {
                "number": letter.number,
                "name": name_file(letter.name),
                "kind": letter.kind,
                "to": letter.to_id,
                "territory_id": letter.territory_id,
                "send_on": letter.send_on.isoformat(),
                "waits_for": list(letter.waits_for),
            }
            for letter in letters
        ],
        "findings": [finding.as_dict() for finding in handoff.findings],
    }
    return (json.dumps(summary, indent=2, ensure_ascii=False) + "\n").encode()
