"""Reading what is on the shelf for pages: books, diagnoses and plans, the latest few kept in memory.

All of them are folders named by their content, which never change, so what was read once stays right.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.files.diagnoses import KeptDiagnosis, read_diagnosis
from evenhand.adapters.files.directory import read_directory
from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.grades import GRADES
from evenhand.plan.plan import LevelProof, Relaxation
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from evenhand.adapters.store.models import Book, PlanRun
    from evenhand.book.book import Book as BookDirectory
    from evenhand.plan.record import PlanRecord

_KEPT = 8


@dataclass(frozen=True, eq=False)
class KeptPlan:
    """A plan as its folder holds it, in the shape of `Plan`, without what only the solver needs."""

    status: str
    violation: float
    moves_by_grade: Mapping[str, int]
    n_moves: int
    cost: float
    gap: float | None
    levels: tuple[LevelProof, ...]
    seconds: float
    seed: int
    version: str
    as_of: dt.date
    currency: str
    book_hash: str
    policy_hash: str
    policy_name: str
    scenario: str | None
    candidates_considered: str
    events: tuple[str, ...]
    territory_ids: tuple[str, ...]
    moves: pl.DataFrame
    assignment: pl.DataFrame
    territories: pl.DataFrame
    quotas: pl.DataFrame
    quota_summary: pl.DataFrame
    quota_periods: pl.DataFrame | None
    fairness: pl.DataFrame | None
    ramp: pl.DataFrame | None
    relaxation: Relaxation | None
    findings: tuple[Finding, ...]
    summary: Mapping[str, Any]


def find_directory(book: Book) -> BookDirectory:
    """Return the names of a book's territories, its reps, and who covers what."""
    return read_kept_directory(open_shelf().book(book.content_hash))


def find_diagnosis(book: Book) -> KeptDiagnosis:
    """Return the diagnosis that was made when the book came in."""
    return read_kept_diagnosis(open_shelf().diagnosis(book.content_hash, book.policy_hash))


def find_plan(run: PlanRun) -> KeptPlan:
    """Return the plan that a run ended in."""
    return read_kept_plan(open_shelf().plan(run.folder))


def find_findings(book: Book) -> tuple[Finding, ...]:
    """Return what was found when the book was admitted."""
    path = open_shelf().admission(book.pk) / "findings.json"
    if not path.is_file():
        return ()
    plain = json.loads(path.read_text("utf-8"))
    return tuple(Finding(**{**item, "severity": Severity(item["severity"])}) for item in plain)


@lru_cache(maxsize=_KEPT)
def read_kept_directory(folder: Path) -> BookDirectory:
    """Read the directory of a book folder."""
    return read_directory(folder)


@lru_cache(maxsize=_KEPT)
def read_kept_diagnosis(folder: Path) -> KeptDiagnosis:
    """Read a diagnosis folder."""
    return read_diagnosis(folder)


@lru_cache(maxsize=_KEPT)
def read_kept_plan(folder: Path) -> KeptPlan:
    """Read a plan folder."""
    record, _ = connect_outside().read_plan(folder)
    return _keep(record)


def _keep(record: PlanRecord) -> KeptPlan:
    said, tables = record.summary, record.tables
    relaxed = said["relaxation"]
    return KeptPlan(
        status=said["status"],
        violation=said["violation"],
        moves_by_grade={grade: said["moves_by_grade"][grade] for grade in GRADES},
        n_moves=said["n_moves"],
        cost=said["cost"],
        gap=said["gap"],
        levels=tuple(LevelProof(**level) for level in said["levels"]),
        seconds=said["seconds"],
        seed=said["seed"],
        version=said["version"],
        as_of=dt.date.fromisoformat(said["as_of"]),
        currency=said["currency"],
        book_hash=said["hashes"]["book"],
        policy_hash=said["hashes"]["policy"],
        policy_name=said["policy"],
        scenario=said["scenario"],
        candidates_considered=said["candidates_considered"],
        events=tuple(said["events"]),
        territory_ids=tuple(tables["bands"]["territory_id"].unique(maintain_order=True).to_list()),
        moves=tables["moves"],
        assignment=tables["assignment"],
        territories=tables["territories"],
        quotas=tables["quotas"],
        quota_summary=_sum_quotas(tables["quotas"]),
        quota_periods=tables.get("quota_periods"),
        fairness=tables.get("fairness"),
        ramp=tables.get("ramp"),
        relaxation=relaxed
        and Relaxation(
            relaxed["widening_share"],
            tuple((item["territory_id"], item["measure"], item["why"]) for item in relaxed["binding"]),
        ),
        findings=tuple(Finding(**{**item, "severity": Severity(item["severity"])}) for item in said["findings"]),
        summary=said,
    )


def _sum_quotas(lines: pl.DataFrame) -> pl.DataFrame:
    """Sum the bridges up as `Plan.quota_summary` does: opening, new, and what leaving the quota would have meant."""
    cents = pl.col("amount_cents")

    def line(*names: str) -> pl.Expr:
        return cents.filter(pl.col("line").is_in(names)).sum()

    summed = lines.group_by("territory_id", maintain_order=True).agg(
        opening_cents=line("opening"),
        new_cents=cents.sum(),
        held=line("opening", "accounts_leaving", "accounts_arriving"),
    )
    opening, new, held = pl.col("opening_cents"), pl.col("new_cents"), pl.col("held")
    return summed.select(
        "territory_id",
        "opening_cents",
        "new_cents",
        change_share=pl.when(opening > 0).then((new - opening) / opening),
        unchanged_raise_share=pl.when(held > 0).then((opening - held) / held),
    )
