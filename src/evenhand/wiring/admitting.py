"""Admitting an upload in the background: the book, what was found, and its diagnosis."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.files.diagnoses import write_diagnosis
from evenhand.adapters.store.models import Book, ReviewVoice, State
from evenhand.adapters.store.models.upload import folder_of
from evenhand.app.admit import admit_source
from evenhand.app.policies import load_policy
from evenhand.book.asked_transfers import add_transfer_requests
from evenhand.diagnose.diagnosis import diagnose
from evenhand.review.case import VoiceKind
from evenhand.wiring.container import connect_outside
from evenhand.wiring.sheets import keep_sheet
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.working import work_at

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.book.admit import Admission
    from evenhand.book.book import Book as AdmittedBook
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.policy import Policy
    from evenhand.wiring.working import Hand


def admit_upload(book_id: str) -> None:
    """Take the job up if it still waits, and do it; whatever goes wrong ends up on its page."""
    work_at(Book, book_id, _admit)


def diagnose_book(book: AdmittedBook, policy: Policy) -> Diagnosis:
    """Diagnose a book and keep the diagnosis on the shelf, with the sheet of its accounts."""
    diagnosis = diagnose(book, policy)
    report = connect_outside().render_diagnosis_report(diagnosis, book)
    write_diagnosis(diagnosis, report, open_shelf().diagnosis(book.content_hash, policy.content_hash))
    keep_sheet(book, policy)
    return diagnosis


def summarise(book: AdmittedBook, diagnosis: Diagnosis) -> dict[str, Any]:
    """Count what lists and headlines show of a book."""
    return {
        "rows": {name: table.height for name, table in book.tables.items() if name in book.given},
        "n_active_accounts": book.active_accounts.height,
        "n_seats": book.seats.height,
        "seats": book.seats["territory_id"].sort().to_list(),
        "calls": Counter(str(verdict.call) for verdict in diagnosis.verdicts if verdict.is_seat),
        "n_fired": sum(str(trigger.state) == "fired" for trigger in diagnosis.triggers),
        "needs_change": diagnosis.needs_change,
        "conclusion": diagnosis.conclusion,
    }


def _admit(hand: Hand, job: Book) -> dict[str, Any]:
    shelf, outside = open_shelf(), connect_outside()
    said, kept = job.settings, shelf.admission(job.pk)
    outside.clear_folder(kept)
    source = said.get("server_path") or shelf.upload(folder_of(job)) / "source"
    mapping = shelf.upload(job.pk) / "mapping.toml"
    admission = admit_source(
        outside,
        type(kept)(source),
        to=None,
        mapping=mapping if mapping.is_file() else None,
        as_of=dt.date.fromisoformat(said["as_of"]) if said.get("as_of") else None,
        currency=said.get("currency") or None,
        rejects=kept / "rejected.csv",
        on_progress=lambda what, share: hand.tell(stage=what, share=round(0.8 * share, 3)),
    )
    admission = with_transfer_requests(admission)
    _keep_findings(admission, kept / "findings.json")
    counts = Counter(str(finding.severity) for finding in admission.findings)
    found = {"n_findings": dict(counts), "n_rejected": admission.n_rejected}
    if admission.book is None:
        problem = "No book could be made: see what was found, mend the files and bring them in again."
        return {"state": State.FAILED, "content_hash": "", "problem": problem, "summary": found}
    book = admission.book
    hand.tell(stage="diagnosing", share=0.85)
    policy = load_policy(outside, shelf.policy)
    diagnosis = diagnose_book(book, policy)
    hand.tell(stage="writing the book", share=0.95)
    outside.write_book(book, shelf.book(book.content_hash), sources=(), findings=admission.findings)
    return {
        "content_hash": book.content_hash,
        "policy_hash": policy.content_hash,
        "as_of": book.as_of,
        "currency": book.currency,
        "summary": found | summarise(book, diagnosis),
    }


def with_transfer_requests(admission: Admission) -> Admission:
    """Return what was admitted with the transfer requests that reps made in the workspace."""
    if admission.book is None:
        return admission
    said = ReviewVoice.objects.filter(kind=str(VoiceKind.TRANSFER)).exclude(said_by__rep_id="")
    rows = list(said.order_by("created_at", "id").values_list("said_by__rep_id", "raised_on", "words"))
    schema = {"rep_id": pl.String, "requested_on": pl.Date, "reason": pl.String}
    book, findings = add_transfer_requests(admission.book, pl.DataFrame(rows, schema, orient="row"))
    return replace(admission, book=book, findings=(*admission.findings, *findings))


def _keep_findings(admission: Admission, to: Path) -> None:
    plain = [finding.as_dict() for finding in admission.findings]
    connect_outside().write_text(to, json.dumps(plain, ensure_ascii=False, default=str))
