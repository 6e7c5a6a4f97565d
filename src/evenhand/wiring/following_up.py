"""Following handed-over accounts up when a newer book is there: worked, pipeline building, or dropped."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.handoffs import find_later
from evenhand.adapters.store.models import Book, FollowUp, FollowUpTask, Handoff, HandoffMessage, State, User
from evenhand.adapters.store.reviews import notify
from evenhand.app.policies import read_stored_policy
from evenhand.foundation.hashing import hash_values
from evenhand.handoff.credit import settle_credit
from evenhand.handoff.digests import write_digests
from evenhand.handoff.ledger import LEDGER_SCHEMA
from evenhand.handoff.staffing import staff_seats
from evenhand.measure.follow_up import State as Became
from evenhand.measure.follow_up import follow_up
from evenhand.wiring.container import connect_outside
from evenhand.wiring.handing_over import new_message_id, read_mails, read_templates_of
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.app.ports import Mail

_LATE = (str(Became.LATE), str(Became.DROPPED), str(Became.NOT_MOVED))
FOLLOW_UP = "follow-up"
"""Kind of the messages that say what became of the accounts."""

WORDS: Mapping[str, str] = {
    "worked": "worked",
    "waiting": "nothing yet, and time left",
    "late": "not worked yet",
    "dropped": "relationship dropped",
    "not moved": "not where the plan says",
    "gone": "no longer a customer",
}
"""What became of an account, as pages and mails say it."""


def find_newer_book(handoff: Handoff) -> Book | None:
    """Return the latest book of a later date than the one that the plan was made from."""
    first = handoff.run.book.as_of
    if first is None:
        return None
    books = Book.objects.filter(state=State.DONE, as_of__gt=first).exclude(content_hash="")
    return books.order_by("-as_of", "-created_at").first()


def read_followed(handoff: Handoff, book: Book) -> pl.DataFrame:
    """Return what became of every moved account, see `evenhand.measure.follow_up.follow_up`; each from its own day."""
    return _follow(handoff.run.folder, handoff.run.book.content_hash, book.content_hash, handoff.summary["latest_on"])


def read_credit(handoff: Handoff, book: Book) -> pl.DataFrame:
    """Return who is paid what for the deals that a newer book shows as won, see `settle_credit`."""
    return _settle(handoff.folder, book.content_hash)


def do_rounds() -> int:
    """Do every follow-up whose day has come and for which there is a book; returns how many were done."""
    n_done = 0
    rows = Handoff.objects.filter(released_at__isnull=False, state=State.DONE).select_related("run__book", "review")
    for handoff in rows:
        if find_later(handoff) is None:
            n_done += sum(_do(handoff, days) for days in handoff.summary.get("follow_up_days", ()))
    return n_done


def _do(handoff: Handoff, after_days: int) -> bool:
    if FollowUp.objects.filter(handoff=handoff, after_days=after_days).exists():
        return False
    due_on = dt.date.fromisoformat(handoff.summary["latest_on"]) + dt.timedelta(days=after_days)
    book = find_newer_book(handoff)
    if book is None or book.as_of is None or book.as_of < due_on:
        return False
    followed = read_followed(handoff, book)
    counts = dict(followed.group_by("state").len().sort("state").iter_rows())
    digests = _write_digests(handoff, after_days, book, followed)
    with transaction.atomic():
        _, is_new = FollowUp.objects.get_or_create(
            handoff=handoff, after_days=after_days, defaults={"book": book, "counts": counts}
        )
        if is_new:
            _raise_tasks(handoff, followed)
            record(None, "handoff.followed_up", handoff, after_days=after_days, book=str(book.pk), counts=counts)
            _tell(handoff, after_days, followed)
            _post_digests(handoff, digests)
    return is_new


def _raise_tasks(handoff: Handoff, followed: pl.DataFrame) -> None:
    late = followed.filter(pl.col("state").is_in(_LATE))
    reps, managers = _staff(handoff)
    ids = set(late["account_id"])
    handoff.late.filter(done_at=None).exclude(account_id__in=ids).update(done_at=timezone.now())
    for row in late.iter_rows(named=True):
        territory = row["to_territory_id"]
        FollowUpTask.objects.update_or_create(
            handoff=handoff,
            account_id=row["account_id"],
            defaults={
                "name": row["name"] or row["account_id"],
                "territory_id": territory,
                "rep_id": reps.get(territory, ""),
                "manager_id": managers.get(territory, ""),
                "state": row["state"],
                "words": _say(row),
                "done_at": None,
            },
        )


def _staff(handoff: Handoff) -> tuple[dict[str, str], dict[str, str]]:
    """Return the rep and the manager of every territory that gained accounts, as the follow-up tasks name them."""
    tasks = pl.read_csv(open_shelf().handoff(handoff.folder) / "tasks.csv", infer_schema=False)
    told = tasks.filter(pl.col("kind") == "gaining message").select("territory_id", "owner_id", "with_id")
    reps = {territory: rep or owner or "" for territory, owner, rep in told.iter_rows()}
    return reps, {territory: owner or "" for territory, owner, _ in told.iter_rows()}


def _say(row: Mapping[str, Any]) -> str:
    if row["state"] == Became.NOT_MOVED:
        return f"It is in {row['now_territory_id']}, not in {row['to_territory_id']}."
    last = row["last_activity_on"]
    heard = f"The last activity was on {last.isoformat()}." if last else "No activity is recorded."
    had = f" Before the move there were {row['n_before']} in the same span." if row["n_before"] else ""
    return f"{heard} No deal was opened since.{had}"


def _tell(handoff: Handoff, after_days: int, followed: pl.DataFrame) -> None:
    path = f"/handoffs/{handoff.pk}/follow-up/"
    sums = ", ".join(
        f"{n} {WORDS.get(state, state)}" for state, n in followed.group_by("state").len().sort("state").iter_rows()
    )
    words = f"{after_days} days after the handoff of {handoff.run.title}: of {followed.height} accounts {sums}."
    readers = User.objects.filter(is_active=True, role__in=("revops", "leader"))
    notify(readers, words, path=path, review=handoff.review)


@dataclass(frozen=True)
class _Digest:
    """A digest as it goes into the outbox."""

    key: str
    to_id: str
    email: str
    mail: Mail


def _write_digests(handoff: Handoff, after_days: int, row: Book, followed: pl.DataFrame) -> list[_Digest]:
    """Write a digest for each rep and manager, and keep its mail beside those of the letters.

    A worker that dies before the rows are there does it again, to the same keys.
    """
    shelf, outside = open_shelf(), connect_outside()
    book = outside.read_book(shelf.book(row.content_hash))
    policy = read_stored_policy(outside.read_plan(shelf.plan(handoff.run.folder))[0])
    press = outside.open_press(book.currency, policy.handoff.locale, read_templates_of(handoff))
    emails = dict(book.reps.select("rep_id", "email").iter_rows())
    moved_on = dt.date.fromisoformat(handoff.summary["latest_on"])
    digests = [
        _Digest(
            f"{FOLLOW_UP}/{to_id}/{after_days}{'/team' if facts['is_manager'] else ''}",
            to_id,
            emails.get(to_id) or "",
            press.mail("follow_up", facts),
        )
        for to_id, facts in write_digests(followed, staff_seats(book, book.as_of), book, moved_on)
    ]
    kept = read_mails(handoff) | {
        one.key: {"subject": one.mail.subject, "text": one.mail.text, "html": one.mail.html, "calendar": ""}
        for one in digests
    }
    shelf.mails(handoff.pk).parent.mkdir(parents=True, exist_ok=True)
    outside.write_text(shelf.mails(handoff.pk), json.dumps(kept, ensure_ascii=False))
    return digests


def _post_digests(handoff: Handoff, digests: list[_Digest]) -> None:
    last = handoff.messages.order_by("-number").values_list("number", flat=True).first() or 0
    HandoffMessage.objects.bulk_create(
        HandoffMessage(
            handoff=handoff, key=one.key, number=number, kind=FOLLOW_UP, to_id=one.to_id, email=one.email,
            subject=one.mail.subject[:500], send_on=timezone.now().date(),
            digest=hash_values([one.mail.subject, one.mail.text]), message_id=new_message_id(),
        )
        for number, one in enumerate(digests, start=last + 1)
    )  # fmt: skip


@lru_cache(maxsize=4)
def _follow(plan_name: str, before_hash: str, after_hash: str, moved_on: str) -> pl.DataFrame:
    shelf, outside = open_shelf(), connect_outside()
    kept, _ = outside.read_plan(shelf.plan(plan_name))
    before, after = outside.read_book(shelf.book(before_hash)), outside.read_book(shelf.book(after_hash))
    return follow_up(kept.tables["moves"], before, after, dt.date.fromisoformat(moved_on), read_stored_policy(kept))


@lru_cache(maxsize=4)
def _settle(name: str, after_hash: str) -> pl.DataFrame:
    shelf = open_shelf()
    ledger = pl.read_csv(shelf.handoff(name) / "ledger.csv", schema_overrides=LEDGER_SCHEMA)
    return settle_credit(ledger, connect_outside().read_book(shelf.book(after_hash)))
