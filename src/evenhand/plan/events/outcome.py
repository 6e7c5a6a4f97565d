"""What a plan made of its events, as the figures that its sentences are written from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.events.codes import CODES
from evenhand.plan.grades import GRADES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

SHOWN = 8
"""Seats that a sentence names; the evidence has them all."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A plan as its events see it.

    Attributes
    ----------
    assigned
        (n_accounts,) index of the territory that each account is in after the plan.
    quotas
        territory_id, opening_cents, new_cents.
    quota_lines
        territory_id, line, amount_cents.
    """

    book: Book
    policy: Policy
    statement: Statement
    assigned: NDArray[np.intp]
    quotas: pl.DataFrame
    quota_lines: pl.DataFrame

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """Every active account: account_id, origin, destination, potential, hours, grade, moved."""
        statement = self.statement
        ids = np.array(statement.setting.ids, dtype=object)
        units = statement.units.unit_of_account
        grades = statement.problem.grades
        grade = grades[units] if grades is not None and len(units) else np.zeros(len(units), np.int8)
        zeros = np.zeros(len(units))
        return pl.DataFrame(
            {
                "account_id": statement.accounts["account_id"],
                "origin": pl.Series(ids[statement.present], dtype=pl.String),
                "destination": pl.Series(ids[self.assigned], dtype=pl.String),
                "potential": statement.amounts.get("potential", zeros),
                "hours": statement.amounts.get("workload", zeros),
                "grade": pl.Series(grade.astype(np.int8)),
            }
        ).with_columns(moved=pl.col("origin") != pl.col("destination"))

    @cached_property
    def seats(self) -> dict[str, dict[str, float]]:
        """Of every territory: potential and workload before and after, hours, fair share, load before and after.

        The load is workload ÷ hours of the seat; nan where it has none.
        """
        statement = self.statement
        columns: dict[str, NDArray[np.float64]] = {}
        zeros = np.zeros(len(statement.present))
        for name in ("potential", "workload"):
            amounts = statement.amounts.get(name, zeros)
            columns[f"{name}_before"] = statement.total(amounts, statement.present)
            columns[f"{name}_after"] = statement.total(amounts, self.assigned)
        hours = statement.setting.territories["capacity_hours"].to_numpy().astype(np.float64)
        columns["hours"] = hours
        bands = statement.bands
        columns["target"] = (
            bands.targets[:, bands.measures.index("potential")]
            if "potential" in bands.measures
            else np.zeros(len(hours))
        )
        for when in ("before", "after"):
            columns[f"load_{when}"] = np.divide(
                columns[f"workload_{when}"], hours, out=np.full(len(hours), np.nan), where=hours > 0
            )
        return {
            territory_id: {name: float(values[t]) for name, values in columns.items()}
            for t, territory_id in enumerate(statement.setting.ids)
        }

    def allotted_hours(self, territory_id: str) -> float:
        """Hours that a seat was to take over from emptied territories; 0 where none were spread."""
        bands = self.statement.bands
        if not self.statement.asked.amounts:
            return 0.0
        return float(bands.targets[self.statement.setting.ids.index(territory_id), -1])

    def receivers(self, origins: Sequence[str]) -> pl.DataFrame:
        """List who received accounts of these territories: destination, n, potential, hours, most hours first."""
        return (
            self.accounts.filter(pl.col("origin").is_in(list(origins)) & pl.col("moved"))
            .group_by("destination")
            .agg(n=pl.len().cast(pl.Int64), potential=pl.col("potential").sum(), hours=pl.col("hours").sum())
            .sort("hours", "destination", descending=[True, False])
        )

    def givers(self, destination: str) -> pl.DataFrame:
        """List who gave accounts to a territory: origin, n, potential, hours, most potential first."""
        return (
            self.accounts.filter((pl.col("destination") == destination) & pl.col("moved"))
            .group_by("origin")
            .agg(n=pl.len().cast(pl.Int64), potential=pl.col("potential").sum(), hours=pl.col("hours").sum())
            .sort("potential", "origin", descending=[True, False])
        )

    def say_grades(self, moved: pl.DataFrame) -> str:
        """Say "31 of low, 4 of medium, 2 of high disruption"."""
        counts = dict(moved.group_by("grade").len().iter_rows())
        parts = [f"{counts[number]} {name}" for number, name in enumerate(GRADES) if counts.get(number)]
        return f"{', '.join(parts)} disruption" if parts else "none"

    def say_quota(self, territory_id: str) -> str:
        """Say a seat's quota before and after; empty where the book has none."""
        row = self.quotas.filter(pl.col("territory_id") == territory_id)
        if not row.height or not self.book.has("quotas"):
            return ""
        opening, new = (row[name][0] / 100 for name in ("opening_cents", "new_cents"))
        relief = -self._line(territory_id, "ramp_relief") / 100
        after = f" after {relief:,.0f} of ramp relief" if relief > 0 else ""
        return f"quota {opening:,.0f} → {new:,.0f} {self.book.currency}{after}"

    def say_opening_quota(self, territory_id: str) -> str:
        """Say a seat's quota before; empty where it has none."""
        opening = self._line(territory_id, "opening")
        return f"{opening / 100:,.0f} {self.book.currency}" if opening else ""

    def _line(self, territory_id: str, line: str) -> int:
        chosen = (pl.col("territory_id") == territory_id) & (pl.col("line") == line)
        return int(self.quota_lines.filter(chosen)["amount_cents"].sum())

    def rep_of(self, territory_id: str) -> str:
        """Return who covers a seat on the book's date, in words; empty where nobody is known to."""
        cover = self.book.coverage.filter(
            (pl.col("territory_id") == territory_id)
            & (pl.col("starts_on") <= self.book.as_of)
            & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= self.book.as_of))
        ).join(self.book.reps.select("rep_id", "name"), on="rep_id", how="left")
        names = [name or rep_id for rep_id, name in cover.select("rep_id", "name").sort("rep_id").iter_rows()]
        return " and ".join(names)

    def name_rep(self, territory_id: str) -> str:
        """Say "Daria Lopez (T04)", or the seat alone where its rep has no other name."""
        rep = self.rep_of(territory_id)
        return territory_id if rep in ("", territory_id) else f"{rep} ({territory_id})"

    def finding(
        self, code: str, subject: str, message: str, severity: Severity = Severity.NOTE, /, **evidence: Any
    ) -> Finding:
        """Make a finding of a sentence."""
        return Finding(code, severity, subject, message, CODES[code].fix, evidence)


def percent(share: float) -> str:
    """Write a share as a whole percentage; a dash where it is unknown."""
    return f"{share:.0%}".replace("%", " %") if np.isfinite(share) else "–"


def count(n: int, word: str) -> str:
    """Write "1 account", "14 accounts"."""
    return f"{n:,} {word}" + ("" if n == 1 else "s")


def join_words(words: Sequence[str], last: str = "and") -> str:
    """Join as "T03, T07 and T11"."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def shorten(parts: Sequence[str], shown: int = SHOWN) -> str:
    """Join parts by semicolons, naming the first ones."""
    more = f"; and {len(parts) - shown} more" if len(parts) > shown else ""
    return "; ".join(parts[:shown]) + more


def as_evidence(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values, amounts to two decimals."""
    return frame.with_columns(pl.selectors.float().round(2)).to_dicts()
