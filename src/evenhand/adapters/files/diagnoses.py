"""Diagnosis folders: what a diagnosis found, kept so that pages open without working it out again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.files.folders import write_folder
from evenhand.diagnose.call import Call, Driver
from evenhand.diagnose.triggers import State, Trigger
from evenhand.diagnose.triggers.trigger import TriggerSeverity
from evenhand.diagnose.verdict import Verdict
from evenhand.foundation.findings import Finding, Severity
from evenhand.policy import render_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from evenhand.diagnose.diagnosis import Diagnosis

SUMMARY, REPORT = "diagnosis.json", "report.html"
TABLES = ("territories", "team")
POLICY = "policy.toml"
_BEHIND: dict[str, Callable[[Diagnosis], pl.DataFrame]] = {
    "accounts": lambda diagnosis: diagnosis.accounts,
    "effects": lambda diagnosis: diagnosis.effects.territories,
    "stints": lambda diagnosis: diagnosis.effects.stints,
    "win_rates": lambda diagnosis: diagnosis.win_rates.territories,
    "propensity": lambda diagnosis: diagnosis.propensity.accounts,
    "quarters": lambda diagnosis: diagnosis.history.quarters,
}
"""Tables that no list shows, but that a figure is traced by."""


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


@dataclass(frozen=True, eq=False)
class TraceableDiagnosis:
    """As much of a `Diagnosis` as `evenhand.diagnose.trace.trace_subject` looks at."""

    as_of: dt.date
    currency: str
    territories: pl.DataFrame
    accounts: pl.DataFrame
    verdicts: tuple[Verdict, ...]
    triggers: tuple[Trigger, ...]
    effects: SimpleNamespace
    win_rates: SimpleNamespace
    propensity: SimpleNamespace
    history: SimpleNamespace


def write_diagnosis(diagnosis: Diagnosis, report: str, to: Path) -> None:
    """Write a diagnosis folder, whole or not at all; one that is there is replaced by the same."""
    plain = {name: value for name, value in diagnosis.as_dict().items() if name not in TABLES}

    writers: dict[str, Callable[[Path], None]] = {
        "territories.parquet": diagnosis.territories.write_parquet,
        "team.parquet": diagnosis.team.write_parquet,
        REPORT: lambda path: _write_text(path, report),
        SUMMARY: lambda path: _write_text(path, json.dumps(plain, ensure_ascii=False, default=str)),
        POLICY: lambda path: _write_text(path, render_policy(diagnosis.policy)),
        **{_behind(name): find(diagnosis).write_parquet for name, find in _BEHIND.items()},
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


def is_traceable(folder: Path) -> bool:
    """Say whether a diagnosis folder holds what its figures are traced by; those of earlier versions don't."""
    return (folder / POLICY).is_file() and all((folder / _behind(name)).is_file() for name in _BEHIND)


def read_traceable(folder: Path) -> TraceableDiagnosis:
    """Read a diagnosis folder with all that its figures are traced by."""
    kept = read_diagnosis(folder)
    tables = {name: pl.read_parquet(folder / _behind(name), glob=False) for name in _BEHIND}
    keys = ("territory_id", "layer")
    figures: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    for row in kept.territories.iter_rows(named=True):
        figures.setdefault(tuple(row[key] for key in keys), {})[row["measure"]] = row
    plain = kept.plain
    return TraceableDiagnosis(
        **{name: getattr(kept, name) for name in ("as_of", "currency", "territories", "triggers")},
        verdicts=tuple(replace(v, figures=figures.get((v.territory_id, v.layer), {})) for v in kept.verdicts),
        accounts=tables["accounts"],
        effects=SimpleNamespace(
            **{name: plain["effects"][name] for name in ("missing", "confidence", "shares")},
            territories=tables["effects"],
            stints=tables["stints"],
        ),
        win_rates=SimpleNamespace(
            **{name: plain["win_rates"].get(name) for name in ("missing", "tenure_log_odds")},
            territories=tables["win_rates"],
        ),
        propensity=SimpleNamespace(accounts=tables["propensity"], horizon_months=plain["propensity"]["horizon_months"]),
        history=SimpleNamespace(
            quarters=tables["quarters"], drifts=[SimpleNamespace(**drift) for drift in plain["history"]["drifts"]]
        ),
    )


def _behind(name: str) -> str:
    return f"behind/{name}.parquet"


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


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
