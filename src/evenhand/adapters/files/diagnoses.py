"""Diagnosis folders: what a diagnosis found, kept so that pages open without working it out again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.files.folders import write_folder
from evenhand.diagnose.call import Call, Driver
from evenhand.diagnose.triggers import State, Trigger
from evenhand.diagnose.triggers.trigger import TriggerSeverity
from evenhand.diagnose.verdict import Verdict
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from evenhand.diagnose.diagnosis import Diagnosis

SUMMARY, REPORT = "diagnosis.json", "report.html"
TABLES = ("territories", "team")


@dataclass(frozen=True, eq=False)
class KeptDiagnosis:
    """A diagnosis as it was kept: the tables, verdicts, triggers and findings of a `Diagnosis`.

    Attributes
    ----------
    plain
        All of it as plain values, as `Diagnosis.as_dict` gives them, without the tables.
    """

    as_of: dt.date
    currency: str
    book_hash: str
    policy_hash: str
    conclusion: str
    territories: pl.DataFrame
    team: pl.DataFrame
    verdicts: tuple[Verdict, ...]
    triggers: tuple[Trigger, ...]
    missing: tuple[Finding, ...]
    plain: dict[str, Any]


def write_diagnosis(diagnosis: Diagnosis, report: str, to: Path) -> None:
    """Write a diagnosis folder, whole or not at all; one that is there is replaced by the same."""
    plain = {name: value for name, value in diagnosis.as_dict().items() if name not in TABLES}

    def write_json(path: Path) -> None:
        path.write_text(json.dumps(plain, ensure_ascii=False, default=str), encoding="utf-8")

    def write_report(path: Path) -> None:
        path.write_text(report, encoding="utf-8")

    writers: dict[str, Callable[[Path], None]] = {
        "territories.parquet": diagnosis.territories.write_parquet,
        "team.parquet": diagnosis.team.write_parquet,
        REPORT: write_report,
        SUMMARY: write_json,
    }
    write_folder(to, writers, marker=SUMMARY, replace=True)


def read_diagnosis(folder: Path) -> KeptDiagnosis:
    """Read a diagnosis folder."""
    plain = json.loads((folder / SUMMARY).read_text("utf-8"))
    return KeptDiagnosis(
        as_of=dt.date.fromisoformat(plain["as_of"]),
        currency=plain["currency"],
        book_hash=plain["book_hash"],
        policy_hash=plain["policy_hash"],
        conclusion=plain["conclusion"],
        territories=pl.read_parquet(folder / "territories.parquet", glob=False),
        team=pl.read_parquet(folder / "team.parquet", glob=False),
        verdicts=tuple(map(_verdict, plain["verdicts"])),
        triggers=tuple(map(_trigger, plain["triggers"])),
        missing=tuple(Finding(**{**item, "severity": Severity(item["severity"])}) for item in plain["missing"]),
        plain=plain,
    )


def _verdict(plain: dict[str, Any]) -> Verdict:
    return Verdict(
        territory_id=plain["territory_id"],
        layer=plain["layer"],
        is_seat=plain["is_seat"],
        call=Call(plain["verdict"]),
        performance=plain["performance"],
        driver=Driver(plain["driver"]),
        sentence=plain["sentence"],
        deciding=tuple(plain["deciding"]),
        figures={},
    )


def _trigger(plain: dict[str, Any]) -> Trigger:
    return Trigger(
        **{
            **plain,
            "state": State(plain["state"]),
            "severity": TriggerSeverity(plain["severity"]),
            "territory_ids": tuple(plain["territory_ids"]),
            "record_ids": {table: tuple(ids) for table, ids in plain["record_ids"].items()},
            "since": dt.date.fromisoformat(plain["since"]) if plain["since"] else None,
        }
    )
