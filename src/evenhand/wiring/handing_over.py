"""Preparing the handoff of a published plan in the background: the folder, and the messages of its send plan."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import polars as pl
from django.conf import settings
from django.db import transaction

from evenhand._version import __version__
from evenhand.adapters.files.frozen import hash_plan_folder
from evenhand.adapters.letters.calendar import write_calendar
from evenhand.adapters.store.models import Handoff, HandoffMessage, HandoffTalk, LetterTemplate
from evenhand.app.handoff import MARKER, hand_over, name_file, tell_handoff
from evenhand.app.policies import read_stored_policy
from evenhand.app.sending import plan_farewell, plan_messages
from evenhand.foundation.errors import Refusal
from evenhand.foundation.hashing import hash_values
from evenhand.handoff.gate import GONE, Standing
from evenhand.handoff.told import name_places
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.working import work_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from evenhand.app.sending import Planned
    from evenhand.handoff.letters import Letter
    from evenhand.handoff.told import Told
    from evenhand.plan.record import PlanRecord
    from evenhand.wiring.working import Hand

_NAME_LENGTH = 40
_SHOWN = ("starts_on", "told_on", "introductions_from", "latest_on", "n_accounts", "n_deals", "findings")
_TOLD = (*(str(s) for s in GONE), str(Standing.UNCHANGED))


def prepare_round(handoff_id: str) -> None:
    """Take the job up if it still waits, and do it; whatever goes wrong ends up on its page."""
    work_at(Handoff, handoff_id, _prepare)


def read_templates_of(handoff: Handoff) -> dict[str, str]:
    """Return the firm's own templates that a handoff uses, by name."""
    found = {}
    for name, number in handoff.templates.items():
        row = LetterTemplate.objects.filter(name=name, number=number).first()
        if row is not None and row.text:
            found[name] = row.text
    return found


def read_mails(handoff: Handoff) -> dict[str, dict[str, str]]:
    """Return the mails of a round by key: subject, text, html, calendar."""
    path = open_shelf().mails(handoff.pk)
    found: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def new_message_id() -> str:
    """Return a Message-ID that no other mail has."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or urlsplit(settings.EVENHAND_URL).hostname
    return f"<{uuid.uuid4()}@{domain}>"


def tell_round(handoff: Handoff) -> tuple[Told, tuple[Letter, ...], PlanRecord]:
    """Work a round's letters out again, for previews."""
    shelf, outside = open_shelf(), connect_outside()
    record, _ = outside.read_plan(shelf.plan(handoff.run.folder))
    book = outside.read_book(shelf.book(handoff.run.book.content_hash))
    told, letters = tell_handoff(outside, record, book, handoff.starts_on)
    return told, letters, record


def _prepare(hand: Hand, job: Handoff) -> dict[str, Any]:
    shelf, outside = open_shelf(), connect_outside()
    plan, book = shelf.plan(job.run.folder), shelf.book(job.run.book.content_hash)
    if hash_plan_folder(plan) != job.review.approved_hash:
        raise Refusal("HO311", "The plan's files changed since it was published.", "Restore them from a backup.")
    own = read_templates_of(job)
    starts_on = job.starts_on.isoformat() if job.starts_on else None
    name = hash_values([job.run.folder, job.run.book.content_hash, starts_on, own, __version__])[:_NAME_LENGTH]
    to = shelf.handoff(name)
    if not (to / MARKER).exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        hand_over(
            outside, plan, book, to=to, starts_on=job.starts_on, templates=_lay_out_templates(own, name),
            replace=True, on_progress=lambda what, share: hand.tell(stage=f"writing {what}", share=share),
        )  # fmt: skip
    hand.tell(stage="writing the messages", share=None)
    told, letters, record = tell_round(job)
    press = outside.open_press(told.book.currency, told.policy.handoff.locale, own)
    emails = dict(told.book.reps.select("rep_id", "email").iter_rows())
    sent = _sent_before(job)
    planned = plan_messages(
        told.handoff, letters, press,
        lambda tasks, before: write_calendar(tasks, emails, told.book.as_of, before),
        {key: calendar for key, (_, calendar) in sent.items()}, name_file,
    )  # fmt: skip
    planned += _farewells(told, planned, sent)
    mails = {
        one.key: {
            "subject": one.subject,
            "text": one.text,
            "html": one.html,
            "calendar": base64.b64encode(one.calendar).decode(),
        }
        for one in planned
    }
    shelf.mails(job.pk).parent.mkdir(parents=True, exist_ok=True)
    outside.write_text(shelf.mails(job.pk), json.dumps(mails, ensure_ascii=False))
    summary = _summarise(told, to, record, job)
    _keep_messages(job, planned, sent, summary)
    return {"folder": name, "summary": summary}


def _lay_out_templates(own: Mapping[str, str], name: str) -> Path | None:
    if not own:
        return None
    folder = open_shelf().root / "questions" / f"{name}.letters"
    folder.mkdir(parents=True, exist_ok=True)
    for template, text in own.items():
        connect_outside().write_text(folder / f"{template}.md.jinja", text)
    return folder


def _sent_before(job: Handoff) -> dict[str, tuple[HandoffMessage, bytes]]:
    """Return, by key, what people have of earlier rounds: the last message that has gone, and its calendar."""
    found: dict[str, tuple[HandoffMessage, bytes]] = {}
    earlier = job.before
    while earlier is not None:
        mails = read_mails(earlier)
        for message in earlier.messages.filter(standing__in=_TOLD):
            calendar = base64.b64decode(mails.get(message.key, {}).get("calendar", ""))
            found.setdefault(message.key, (message, calendar))
        earlier = earlier.before
    return found


def _farewells(
    told: Told, planned: tuple[Planned, ...], sent: Mapping[str, tuple[HandoffMessage, bytes]]
) -> tuple[Planned, ...]:
    now = {one.key for one in planned}
    places, nobody = name_places(told), told.handoff.tasks.clear()
    gone = [(key, *found) for key, found in sorted(sent.items()) if key not in now and found[0].name]
    return tuple(
        plan_farewell(
            len(planned) + n,
            {
                "key": key, "kind": message.kind, "to_id": message.to_id, "email": message.email,
                "territory_id": message.territory_id,
            },
            told.handoff.timeline.span.starts_on,
            write_calendar(nobody, {}, told.book.as_of, calendar) if calendar else b"",
            places.get(message.territory_id, message.territory_id),
        )
        for n, (key, message, calendar) in enumerate(gone, start=1)
    )  # fmt: skip


def _keep_messages(
    job: Handoff,
    planned: tuple[Planned, ...],
    sent: Mapping[str, tuple[HandoffMessage, bytes]],
    summary: dict[str, Any],
) -> None:
    with transaction.atomic():
        job.messages.all().delete()
        job.talks.all().delete()
        HandoffMessage.objects.bulk_create(
            HandoffMessage(
                handoff=job, key=one.key, number=one.number, kind=one.kind, to_id=one.to_id, email=one.email,
                territory_id=one.territory_id, name=one.name, subject=one.subject[:500], send_on=one.send_on,
                waits_for=list(one.waits_for), digest=one.digest, message_id=new_message_id(),
                standing=str(
                    Standing.UNCHANGED
                    if one.key in sent and sent[one.key][0].digest == one.digest
                    else Standing.PLANNED
                ),
            )
            for one in planned
        )  # fmt: skip
        if job.before is not None:
            _carry_talks(job, job.before, summary)


def _carry_talks(job: Handoff, before: Handoff, summary: Mapping[str, Any]) -> None:
    """Take over the conversations that were held about the same accounts with the same rep."""
    then = {row["territory_id"]: row for row in before.summary.get("losing", ())}
    same = {
        row["territory_id"]
        for row in summary["losing"]
        if (old := then.get(row["territory_id"])) is not None
        and (old["rep_id"], old["accounts"]) == (row["rep_id"], row["accounts"])
    }
    for talk in before.talks.filter(taken_back_at=None, territory_id__in=same):
        HandoffTalk.objects.create(
            handoff=job, territory_id=talk.territory_id, rep_id=talk.rep_id, held_on=talk.held_on, how=talk.how,
            note=talk.note, logged_by=talk.logged_by,
        )  # fmt: skip


def _summarise(told: Told, folder: Path, record: PlanRecord, job: Handoff) -> dict[str, Any]:
    said = json.loads((folder / MARKER).read_text("utf-8"))
    handoff = told.handoff
    people = dict(told.book.reps.select("rep_id", pl.coalesce("name", "rep_id")).iter_rows())
    places = name_places(told)
    touched = {*handoff.moves["from_territory_id"], *handoff.moves["to_territory_id"]}
    leaving = {
        key[0]: sorted(part["account_id"])
        for key, part in handoff.moves.partition_by("from_territory_id", as_dict=True).items()
    }
    losing = [
        {
            "territory_id": task["territory_id"],
            "name": places[task["territory_id"]],
            "rep_id": task["with_id"] or "",
            "rep": people.get(task["with_id"], "") if task["with_id"] else "",
            "manager_id": task["owner_id"] or "",
            "manager": people.get(task["owner_id"], "") if task["owner_id"] else "",
            "on": task["due_on"].isoformat(),
            "n_accounts": len(leaving.get(task["territory_id"], ())),
            "accounts": hashlib.sha256("\n".join(leaving.get(task["territory_id"], ())).encode()).hexdigest()[:32],
        }
        for task in handoff.tasks.filter(pl.col("kind") == "losing conversation").iter_rows(named=True)
    ]
    policy = read_stored_policy(record)
    return {
        **{name: said[name] for name in _SHOWN},
        "losing": losing,
        "places": {territory: places[territory] for territory in sorted(touched)},
        "people": {rep: people[rep] for rep in sorted(_involved(told)) if rep in people},
        "follow_up_days": list(policy.cadence.follow_up_days),
        "currency": told.book.currency,
        "n_templates": len(job.templates),
    }  # fmt: skip


def _involved(told: Told) -> set[str]:
    tasks = told.handoff.tasks
    return {*tasks["owner_id"].drop_nulls(), *tasks["with_id"].drop_nulls()}
