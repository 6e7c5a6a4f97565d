"""What a letter says about a territory: accounts and deals against its team's, potential against its share, quota."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.book.still_open import STILL_OPEN
from evenhand.handoff.figures import Figure, cents, count

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.handoff.told import Told

_LEAST_TEAM = 3
"""Fewer territories under one group tell no average; the whole layer's is taken then."""


class SeatFigures:
    """The figures of every territory, worked out once for all letters."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._measures = {(row["territory_id"], row["measure"]): row for row in told.territories.iter_rows(named=True)}
        self._lines = {key[0]: frame for key, frame in told.quotas.partition_by("territory_id", as_dict=True).items()}
        self._teams = {row["territory_id"]: row for row in _compare_teams(told).iter_rows(named=True)}

    def state(self, seat: str) -> dict[str, Any]:
        """Return the facts of one territory.

        Notes
        -----
        The team is the territories of one layer under one group; where these are fewer than three, the layer. The
        averages include the territory itself.
        """
        accounts = self._measures.get((seat, "accounts"), {"before": 0, "after": 0})
        nobody = {"n_open": 0, "n_average": 0.0, "n_open_average": 0.0, "n_team": 0, "is_team": False}
        team = self._teams.get(seat, nobody)
        source = f"territories.csv, {seat}"
        among = f"average of the {team['n_team']} territories of its {'team' if team['is_team'] else 'layer'}"
        seats, opportunities = f"territories.csv, {among}", f"opportunities, open, {among}"
        return {
            "n_before": count(accounts["before"], f"{source} accounts"),
            "n_after": count(accounts["after"], f"{source} accounts"),
            "n_average": count(team["n_average"], seats),
            "is_team": team["is_team"],
            "n_team": count(team["n_team"], "territories"),
            "against_average": _against(accounts["before"], team["n_average"], f"{seats}, accounts of {seat}"),
            "n_open": count(team["n_open"], f"opportunities, open, of the accounts of {seat}"),
            "n_open_average": count(team["n_open_average"], opportunities),
            "open_against_average": _against(team["n_open"], team["n_open_average"], f"{opportunities}, {seat}"),
            **self._state_potential(seat),
            **self._state_quota(seat),
        }

    def _state_potential(self, seat: str) -> dict[str, Any]:
        potential = self._measures.get((seat, "potential"))
        if potential is None:
            nothing = ("potential_change", "unchanged_raise", "share_before", "share_after", "band_low", "band_high")
            return dict.fromkeys((*nothing, "status_before", "status_after"))
        source = f"territories.csv, {seat} potential"
        before, after, target = potential["before"], potential["after"], potential["target"]
        return {
            "status_before": potential["status_before"],
            "status_after": potential["status_after"],
            "potential_change": _against(after, before, source),
            "share_before": _against(before, target, f"{source} before ÷ target − 1"),
            "share_after": _against(after, target, f"{source} after ÷ target − 1"),
            "band_low": _against(potential["lower"], target, f"{source} lower ÷ target − 1"),
            "band_high": _against(potential["upper"], target, f"{source} upper ÷ target − 1"),
            "unchanged_raise": _against(before, after, f"{source} before ÷ after − 1") if before else None,
        }

    def _state_quota(self, seat: str) -> dict[str, Any]:
        lines = [
            {
                "title": self._told.titles.get(line, line),
                "name": line,
                "amount": cents(amount, f"quotas.csv, {seat} {line}"),
            }
            for line, amount in self._lines[seat].select("line", "amount_cents").iter_rows()
            if amount or line == "opening"
        ] if seat in self._lines else []  # fmt: skip
        opening = next((line["amount"].value for line in lines if line["name"] == "opening"), 0)
        new = sum(line["amount"].value for line in lines)
        return {
            "quota_lines": lines,
            "quota_opening": cents(opening, f"quotas.csv, {seat} opening"),
            "quota_new": cents(new, f"quotas.csv, {seat} sum of the lines"),
            "quota_change": _against(new, opening, f"quotas.csv, {seat} sum of the lines ÷ opening − 1"),
        }


def _against(value: float | None, reference: float | None, source: str) -> Figure | None:
    return Figure(value / reference - 1, "change", source) if reference and value is not None else None


def _compare_teams(told: Told) -> pl.DataFrame:
    seats = (
        told.territories.filter(pl.col("measure") == "accounts")
        .select("territory_id", "before")
        .join(told.book.seats.select("territory_id", "layer", "parent_territory_id"), on="territory_id")
        .join(_open_by_territory(told.book), on="territory_id", how="left")
        .with_columns(n_open=pl.col("n_open").fill_null(0))
    )
    team, layer = ("layer", "parent_territory_id"), ("layer",)
    is_team = (pl.len().over(team) >= _LEAST_TEAM) & pl.col("parent_territory_id").is_not_null()

    def among(value: pl.Expr) -> pl.Expr:
        return pl.when(is_team).then(value.over(team)).otherwise(value.over(layer))

    return seats.select(
        "territory_id",
        "n_open",
        n_average=among(pl.col("before").mean()),
        n_open_average=among(pl.col("n_open").mean()),
        n_team=among(pl.len()),
        is_team=is_team,
    )


def _open_by_territory(book: Book) -> pl.DataFrame:
    return (
        book.opportunities.filter(STILL_OPEN)
        .join(book.active_accounts.select("account_id", "territory_id"), on="account_id")
        .group_by("territory_id")
        .agg(n_open=pl.len())
    )
