"""Plan folders: written whole, read back with what has changed since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.files.folders import hash_file, write_folder
from evenhand.foundation.errors import InputError
from evenhand.plan.quotas import FAIRNESS_SCHEMA
from evenhand.plan.ramp import RAMP_SCHEMA
from evenhand.plan.record import FORMAT, OPTIONAL_TABLES, TABLES, PlanRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUMMARY, POLICY, REPORT = "plan.json", "policy.toml", "report.html"

_CERTIFICATE: dict[str, Any] = {
    "level": pl.String,
    "part": pl.Int64,
    "node": pl.Int64,
    **dict.fromkeys(["row", "territory_id", "to_territory_id", "unit_id"], pl.String),
    "case_number": pl.Int64,
    "measure": pl.String,
    "price": pl.Float64,
}

_CSV_SCHEMAS: dict[str, dict[str, Any]] = {
    "moves": {
        **dict.fromkeys(["account_id", "name", "from_territory_id", "to_territory_id", "grade"], pl.String),
        "potential": pl.Float64,
        **dict.fromkeys(["reason", "evidence", "alternative"], pl.String),
    },
    "assignment": {"account_id": pl.String, "territory_id": pl.String},
    "territories": {
        "territory_id": pl.String,
        "measure": pl.String,
        **dict.fromkeys(["before", "after", "target", "lower", "upper"], pl.Float64),
        "status_before": pl.String,
        "status_after": pl.String,
    },
    "quotas": {"territory_id": pl.String, "line": pl.String, "amount_cents": pl.Int64},
    "quota_periods": {
        "territory_id": pl.String,
        **dict.fromkeys(["period_start", "period_end"], pl.Date),
        "line": pl.String,
        "amount_cents": pl.Int64,
    },
    "fairness": FAIRNESS_SCHEMA,
    "ramp": RAMP_SCHEMA,
    "certificate": _CERTIFICATE,
    "edit_certificates": {"step": pl.Int64, **_CERTIFICATE},
    "hierarchy": {
        "territory_id": pl.String,
        "is_seat": pl.Boolean,
        "measure": pl.String,
        "before": pl.Float64,
        "after": pl.Float64,
    },
    "edits": {
        "step": pl.Int64,
        **dict.fromkeys(["account_id", "from_territory_id", "to_territory_id"], pl.String),
    },
    "overlay": {
        **dict.fromkeys(["account_id", "layer", "from_territory_id", "territory_id", "core_territory_id"], pl.String),
        **dict.fromkeys(["product_potential", "hours"], pl.Float64),
    },
    "overlay_levels": {**dict.fromkeys(["layer", "level"], pl.String), **dict.fromkeys(["value", "bound"], pl.Float64)},
    "overlay_certificate": {"layer": pl.String, **_CERTIFICATE},
    "earlier_moves": {"account_id": pl.String, "to_territory_id": pl.String, "moved_on": pl.Date},
    "bands": {
        "territory_id": pl.String,
        "measure": pl.String,
        **dict.fromkeys(["lower", "upper", "scale"], pl.Float64),
    },
}


def file_name(table: str) -> str:
    """Return the file of a table of the plan."""
    return f"{table}.parquet" if table == "problem" else f"{table}.csv"


def _listed(record: PlanRecord) -> list[str]:
    return [*TABLES, *(table for table in OPTIONAL_TABLES if table in record.tables)]


def write_plan(target: Path, record: PlanRecord, report: str, *, replace: bool = False) -> None:
    """Write a plan folder, whole or not at all.

    Raises
    ------
    Refusal
        If the folder exists and `replace` is False, or isn't a plan folder.
    """
    write_folder(target, plan_writers(record, report), marker=SUMMARY, replace=replace)


def plan_writers(record: PlanRecord, report: str) -> dict[str, Callable[[Path], None]]:
    """For each file of a plan folder a function that writes it; plan.json last, as it has the hashes of the others."""
    hashes: dict[str, str] = {}

    def hashed(name: str, write: Callable[[Path], object]) -> Callable[[Path], None]:
        def write_and_hash(path: Path) -> None:
            write(path)
            hashes[name] = hash_file(path)

        return write_and_hash

    def write_table(table: str) -> Callable[[Path], object]:
        frame = record.tables[table]
        if table == "problem":
            return lambda path: frame.write_parquet(path, compression="zstd")
        return frame.write_csv

    def write_text(text: str) -> Callable[[Path], object]:
        return lambda path: path.write_bytes(text.encode())

    def write_summary(path: Path) -> None:
        summary = {**record.summary, "files": dict(sorted(hashes.items()))}
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")

    writers = {file_name(table): hashed(file_name(table), write_table(table)) for table in _listed(record)}
    writers[POLICY] = hashed(POLICY, write_text(record.policy_text))
    writers[REPORT] = hashed(REPORT, write_text(report))
    writers[SUMMARY] = write_summary
    return writers


def read_plan(folder: Path) -> tuple[PlanRecord, tuple[str, ...]]:
    """Read a plan folder.

    Returns
    -------
    tuple[PlanRecord, tuple[str, ...]]
        What it holds, and the names of the files that are not as they were written.

    Raises
    ------
    InputError
        If it isn't a plan folder, or files are missing or can't be read; every such file is named.
    """
    summary_path = folder / SUMMARY
    if not summary_path.is_file():
        raise InputError({str(folder): f"is not a plan folder: it has no {SUMMARY}. Make one with `evenhand plan`."})
    try:
        summary = json.loads(summary_path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError({str(summary_path): f"can't be read: {error}"}) from None
    if not isinstance(summary, dict) or summary.get("format") != FORMAT:
        raise InputError({str(summary_path): "was written by another version of Evenhand; make the plan again"})
    problems: dict[str, str] = {}
    tables: dict[str, pl.DataFrame] = {}
    stated = summary.get("files", {})
    listed = [*TABLES, *(table for table in OPTIONAL_TABLES if file_name(table) in stated)]
    for table in listed:
        path = folder / file_name(table)
        try:
            tables[table] = (
                pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, schema=_CSV_SCHEMAS[table])
            )
        except (OSError, pl.exceptions.PolarsError) as error:
            problems[str(path)] = f"can't be read: {str(error).splitlines()[0]}"
    policy_path = folder / POLICY
    try:
        policy_text = policy_path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        problems[str(policy_path)] = f"can't be read: {error}"
        policy_text = ""
    if problems:
        raise InputError(problems)
    changed = tuple(
        name
        for name in [*map(file_name, listed), POLICY, REPORT]
        if not (folder / name).is_file() or stated.get(name) != hash_file(folder / name)
    )
    return PlanRecord(summary, tables, policy_text), changed
