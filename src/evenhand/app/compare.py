"""Plans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.plan.record import PlanRecord


def compare_plans(outside: Outside, folders: Sequence[Path]) -> pl.DataFrame:
    """Put the figures of several plans side by side.

    Returns
    -------
    pl.DataFrame
        figure, then a column for each plan under its folder's name.

    Raises
    ------
    InputError
        If plans are of different books: their figures can't be compared.
    """
    records = {_name(folder, folders): outside.read_plan(folder)[0] for folder in folders}
    books = {name: record.summary["hashes"]["book"] for name, record in records.items()}
    first, *others = books
    problems = {name: f"is of another book than {first}" for name in others if books[name] != books[first]}
    if problems:
        raise InputError(problems)
    columns = {name: _figures(record) for name, record in records.items()}
    names = list(dict.fromkeys(figure for figures in columns.values() for figure in figures))
    return pl.DataFrame(
        {"figure": names, **{name: [figures.get(figure) for figure in names] for name, figures in columns.items()}},
        schema_overrides=dict.fromkeys(columns, pl.String),
    )


def compare_assignments(outside: Outside, before: Path, after: Path) -> pl.DataFrame:
    """List the accounts that two plans put in different territories, with each plan's reason.

    Returns
    -------
    pl.DataFrame
        account_id, territory_id and reason in the one and in the other.
    """
    frames = []
    for folder, suffix in ((before, "_first"), (after, "_second")):
        record, _ = outside.read_plan(folder)
        reasons = record.tables["moves"].select("account_id", reason="reason")
        frames.append(
            record.tables["assignment"]
            .join(reasons, on="account_id", how="left")
            .rename({"territory_id": f"territory_id{suffix}", "reason": f"reason{suffix}"})
        )
    return (
        frames[0]
        .join(frames[1], on="account_id", how="full", coalesce=True)
        .filter(pl.col("territory_id_first").ne_missing(pl.col("territory_id_second")))
        .with_columns(pl.col("reason_first", "reason_second").fill_null("stays"))
        .sort("account_id")
    )


def _name(folder: Path, folders: Sequence[Path]) -> str:
    """Return the folder's name, or its whole path where two have the same name."""
    same = [other for other in folders if other.name == folder.name]
    return folder.name if len(same) == 1 and folder.name else str(folder)


def _figures(record: PlanRecord) -> Mapping[str, str]:
    summary, territories = record.summary, record.tables["territories"]
    moves = summary["moves_by_grade"]
    banded = territories.filter(pl.col("status_after").is_not_null())
    potential = territories.filter((pl.col("measure") == "potential") & (pl.col("target") > 0))
    quota = record.tables["quotas"].group_by("territory_id").agg(pl.col("amount_cents").sum())
    opening = record.tables["quotas"].filter(pl.col("line") == "opening")["amount_cents"].sum()
    touched = pl.concat([record.tables["moves"]["from_territory_id"], record.tables["moves"]["to_territory_id"]])
    ratios = [_ratio(potential[column]) for column in ("before", "after")]
    return {
        "status": summary["status"],
        "policy": summary["policy"] + (f" / {summary['scenario']}" if summary["scenario"] else ""),
        "events": ", ".join(summary["events"]) or "none",
        "moves": f"{summary['n_moves']:,}",
        "moves, high": f"{moves['high']:,}",
        "moves, medium": f"{moves['medium']:,}",
        "moves, low": f"{moves['low']:,}",
        "seats touched": f"{touched.n_unique() if len(touched) else 0:,}",
        "outside a band before": f"{banded.filter(pl.col('status_before') != 'within').height:,}",
        "outside a band after": f"{banded.filter(pl.col('status_after') != 'within').height:,}",
        "largest ÷ smallest potential before": ratios[0],
        "largest ÷ smallest potential after": ratios[1],
        "violation": f"{summary['violation']:.4g}",
        "alignment cost": f"{summary['cost']:,.2f}",
        "gap": "unknown" if summary["gap"] is None else f"{summary['gap']:.2%}".replace("%", " %"),
        "quota before": f"{opening / 100:,.2f}",
        "quota after": f"{quota['amount_cents'].sum() / 100:,.2f}",
    }


def _ratio(values: pl.Series) -> str:
    least = values.min()
    if not isinstance(least, float) or least <= 0:
        return "–"
    return f"{values.max() / least:.2f}"  # type: ignore[operator]  # of floats
