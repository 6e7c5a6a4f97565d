"""A plan as the content of its files: plain values and tables, written and read back without loss."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.plan.edits.log import write_steps
from evenhand.plan.grades import GRADES
from evenhand.plan.solver import Certificate, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evenhand.plan.plan import Plan

FORMAT = 1
"""Version of the layout of a plan folder."""

TABLES = ("moves", "assignment", "territories", "hierarchy", "quotas", "certificate", "bands", "problem")
"""The tables of a plan folder; all are CSV but the problem, which is Parquet."""

OPTIONAL_TABLES = (
    "quota_periods",
    "fairness",
    "ramp",
    "overlay",
    "overlay_levels",
    "overlay_certificate",
    "edits",
    "edit_certificates",
    "earlier_moves",
)
"""Tables that follow from the moves, and those of a plan that was changed by hand or made with earlier ones in mind."""


@dataclass(frozen=True, eq=False)
class PlanRecord:
    """What a plan folder holds.

    Attributes
    ----------
    summary
        The content of plan.json: plain values.
    tables
        A frame for each of `TABLES`, and for those of `OPTIONAL_TABLES` that it needs.
    policy_text
        The policy the plan was made under, as TOML.
    """

    summary: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]
    policy_text: str


def write_record(plan: Plan, policy_text: str) -> PlanRecord:
    """Lay a plan out as files.

    `seconds` is the only value that is not the same every time the same plan is made.
    """
    summary: dict[str, Any] = {
        "format": FORMAT,
        "status": plan.status,
        "violation": plan.violation,
        "moves_by_grade": dict(plan.moves_by_grade),
        "n_moves": plan.n_moves,
        "cost": plan.cost,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap if np.isfinite(plan.gap) else None,
        "levels": [
            {"level": level.level, "value": level.value, "bound": level.bound, "proven": level.proven}
            for level in plan.levels
        ],
        "candidates_considered": plan.candidates_considered,
        "relaxation": plan.relaxation
        and {
            "widening_share": plan.relaxation.widening_share,
            "binding": [
                {"territory_id": territory, "measure": measure, "why": why}
                for territory, measure, why in plan.relaxation.binding
            ],
        },
        "seconds": round(plan.seconds, 3),
        "seed": plan.seed,
        "version": plan.version,
        "as_of": plan.as_of.isoformat(),
        "currency": plan.currency,
        "hashes": {"book": plan.book_hash, "policy": plan.policy_hash},
        "policy": plan.policy_name,
        "scenario": plan.scenario,
        "parent": plan.parent,
        "events": list(plan.events),
        "edits": list(plan.edits),
        "touched": asdict(plan.touched),
        "measures": list(plan.measures),
        "limits": {
            "max_moves": plan.problem.max_moves,
            "max_moves_from": _first(plan.problem.max_moves_from),
            "max_moves_into": _first(plan.problem.max_moves_into),
        },
        "findings": [finding.as_dict() for finding in plan.findings],
    }
    if plan.consequences is not None:
        summary |= plan.consequences.as_dict()
    if plan.steps:
        summary["steps"] = [{"edits": list(step.texts), "seconds_before": step.seconds_before} for step in plan.steps]
    tables = {
        "moves": plan.moves,
        "assignment": plan.assignment,
        "territories": plan.territories,
        "hierarchy": plan.hierarchy,
        "quotas": plan.quotas,
        "certificate": plan.certificate,
        "bands": _bands(plan),
        "problem": _units(plan),
        **(plan.consequences.tables if plan.consequences is not None else {}),
        **write_steps(plan.steps),
    }
    tables |= {name: table for name, table in plan.facts.items() if name in OPTIONAL_TABLES}
    if plan.earlier_moves is not None:
        tables["earlier_moves"] = plan.earlier_moves
    return PlanRecord(summary, tables, policy_text)


def read_problem(record: PlanRecord) -> Problem:
    """Make the problem again from bands.csv and problem.parquet.

    Raises
    ------
    InputError
        If they don't fit together.
    """
    bands, units, measures = record.tables["bands"], record.tables["problem"], record.summary["measures"]
    try:
        ids = bands["territory_id"].unique(maintain_order=True)
        shape = (len(ids), max(len(measures), 1))
        if bands.height != shape[0] * shape[1]:
            raise InputError(
                {"bands.csv": f"has {bands.height} rows, not {shape[0]} territories × {shape[1]} measures"}
            )
        lower, upper, scale = (bands[name].to_numpy().reshape(shape)[:, : len(measures)] for name in _BOUNDS)
        index = {territory_id: t for t, territory_id in enumerate(ids)} | {"": -1}
        width = int(units["candidates"].list.len().max() or 1)  # type: ignore[arg-type]  # of integers
        candidates = (
            units["candidates"].list.to_array(width).explode() if units.height else pl.Series([], dtype=pl.String)
        )
        limits = record.summary["limits"]
        return Problem(
            candidates=candidates.replace_strict(index, return_dtype=pl.Int32).to_numpy().reshape(units.height, width),
            costs=units["costs"].list.to_array(width).explode().to_numpy().reshape(units.height, width)
            if units.height
            else np.zeros((0, width)),
            grades=units["grade"]
            .replace_strict(dict(zip(GRADES, range(3), strict=True)), return_dtype=pl.Int8)
            .to_numpy(),
            amounts=np.stack([units[f"amount_{name}"].to_numpy() for name in measures], axis=1)
            if measures
            else np.zeros((units.height, 0)),
            lower=lower,
            upper=upper,
            scale=scale,
            max_moves=limits["max_moves"],
            max_moves_from=_spread(limits["max_moves_from"], len(ids)),
            max_moves_into=_spread(limits["max_moves_into"], len(ids)),
        )
    except (pl.exceptions.PolarsError, KeyError, TypeError, ValueError) as error:
        raise InputError({"problem.parquet": f"can't be read with bands.csv and plan.json: {error}"}) from None


def read_certificate(record: PlanRecord) -> Certificate:
    """Read the certificate back from certificate.csv.

    Raises
    ------
    InputError
        If it names territories, accounts or measures that the problem doesn't have.
    """
    return parse_certificate(
        record.tables["certificate"],
        record.tables["bands"]["territory_id"].unique(maintain_order=True).to_list(),
        record.tables["problem"]["unit_id"].to_list(),
        list(record.summary["measures"]),
    )


def parse_certificate(
    table: pl.DataFrame, territory_ids: Sequence[str], unit_ids: Sequence[str], measures: Sequence[str]
) -> Certificate:
    """Read a certificate from its table, for a problem with these territories, units and measures.

    Raises
    ------
    InputError
        If it names territories, accounts or measures that the problem doesn't have.
    """
    number_of_territory = {name: i for i, name in enumerate(territory_ids)}
    number_of_unit = {name: i for i, name in enumerate(unit_ids)}
    number_of_measure = {name: i for i, name in enumerate(measures)}
    try:
        rows = []
        for entry in table.iter_rows(named=True):
            row = entry["row"]
            item, measure = -1, -1
            if row in ("split", "base"):
                item = number_of_unit[entry["unit_id"]]
            elif row in ("case", "of_cut", "earlier_cut"):
                item = int(entry["case_number"])
            elif entry["territory_id"] is not None:
                item = number_of_territory[entry["territory_id"]]
            if row == "count" and entry["to_territory_id"] is not None:
                measure = number_of_territory[entry["to_territory_id"]]
            elif row in ("band", "at_most"):
                measure = number_of_measure[entry["measure"]]
            rows.append((entry["level"] or "", entry["part"], entry["node"], row, item, measure, entry["price"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError({"certificate.csv": f"names {error}, which the problem doesn't have"}) from None
    return Certificate.from_rows(rows, len(measures))


def read_assignment(record: PlanRecord, problem: Problem) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """(n_units,) the territory of every unit, from assignment.csv.

    Raises
    ------
    InputError
        If an account is missing or there twice, the accounts of a unit are apart, or a territory isn't the problem's.
    """
    ids = record.tables["bands"]["territory_id"].unique(maintain_order=True)
    index = {territory_id: t for t, territory_id in enumerate(ids)}
    assignment = record.tables["assignment"]
    doubled = assignment.filter(pl.col("account_id").is_duplicated())
    if doubled.height:
        raise InputError({"assignment.csv": f"has {doubled['account_id'][0]} more than once"})
    members = (
        record.tables["problem"]
        .select(unit=pl.int_range(pl.len()), account_id="account_ids")
        .explode("account_id")
        .join(assignment, on="account_id", how="left")
    )
    missing = members.filter(pl.col("territory_id").is_null())
    if missing.height:
        raise InputError({"assignment.csv": f"lacks {missing['account_id'][0]}"})
    unknown = members.filter(~pl.col("territory_id").is_in(list(index)))
    if unknown.height:
        row = unknown.row(0, named=True)
        raise InputError({"assignment.csv": f"has {row['account_id']} in {row['territory_id']!r}, which isn't there"})
    apart = members.filter(pl.col("territory_id").n_unique().over("unit") > 1)
    if apart.height:
        raise InputError({"assignment.csv": f"has {apart['account_id'][0]} apart from its family"})
    first = members.sort("unit").group_by("unit", maintain_order=True).agg(pl.col("territory_id").first())
    codes = first["territory_id"].replace_strict(index, return_dtype=pl.Int32)
    if len(codes) != problem.n_units:
        raise InputError({"assignment.csv": "doesn't cover every unit of the problem"})
    return codes.to_numpy()


_BOUNDS = ("lower", "upper", "scale")


def _bands(plan: Plan) -> pl.DataFrame:
    """One row for each territory and measure of the problem; a territory still has a row where there is no measure."""
    problem, n_measures = plan.problem, len(plan.measures)
    n_territories = len(plan.territory_ids)
    names = list(plan.measures) if n_measures else [""]
    columns = {
        name: getattr(problem, name).ravel() if n_measures else np.full(n_territories, filler)
        for name, filler in (("lower", -np.inf), ("upper", np.inf), ("scale", 1.0))
    }
    return pl.DataFrame(
        {
            "territory_id": [territory for territory in plan.territory_ids for _ in names],
            "measure": names * n_territories,
            **columns,
        },
        schema_overrides={"territory_id": pl.String, "measure": pl.String},
    )


def _units(plan: Plan) -> pl.DataFrame:
    """One row for each unit: unit_id, account_ids, grade, candidates, costs, and an amount for each measure."""
    problem = plan.problem
    width = problem.candidates.shape[1]
    ids = pl.Series([*plan.territory_ids, ""], dtype=pl.String)
    flat = ids.gather(np.where(problem.candidates < 0, len(ids) - 1, problem.candidates).ravel())
    grades = problem.grades if problem.grades is not None else np.zeros(problem.n_units, np.int8)
    nested = {
        "candidates": flat.reshape((problem.n_units, width)).arr.to_list() if width and problem.n_units else None,
        "costs": pl.Series(problem.costs).arr.to_list() if width and problem.n_units else None,
    }
    empty = {"candidates": pl.List(pl.String), "costs": pl.List(pl.Float64)}
    columns = [
        pl.Series(name, [[]] * problem.n_units, dtype=empty[name]) if values is None else values.alias(name)
        for name, values in nested.items()
    ]
    return plan.units.with_columns(
        pl.Series("grade", grades).replace_strict(dict(enumerate(GRADES)), return_dtype=pl.String),
        *columns,
        *(pl.Series(f"amount_{name}", problem.amounts[:, m]) for m, name in enumerate(plan.measures)),
    )


def _first(limits: np.ndarray[Any, Any] | None) -> float | None:
    return None if limits is None else float(limits[0]) if len(limits) else None


def _spread(limit: float | None, n: int) -> np.ndarray[Any, Any] | None:
    return None if limit is None else np.full(n, float(limit))
