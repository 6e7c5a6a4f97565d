"""A split: one territory becomes several, compact ones, and nobody else is touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.plan.events.bisect import cut_into_cells
from evenhand.plan.events.event import Event
from evenhand.plan.events.named import accounts_of, check_shares, find_seats, full_hours, has_seat, open_seat
from evenhand.plan.events.outcome import count, join_words, percent
from evenhand.plan.setting import Door, Transfer
from evenhand.plan.units import form_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.event import Firm
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class Split(Event):
    """Make several territories of one.

    Parameters
    ----------
    territory
        The seat that is split.
    into
        The parts; the territory itself may be one, the others are new or empty seats.
    capacity_shares
        Size of each part against a full seat; empty: equal parts of the seat's own.

    Notes
    -----
    The accounts are cut into compact cells, one for each part, with potential in proportion to the parts' capacity:
    across the longest extent of what is to be cut, again and again (by region, postal code and vertical where most
    accounts have no place). The territory keeps the cell with most accounts. An account may go only to the part
    whose cell it is in (of two parts the one that moves is cut ``events.split_margin`` larger than it has to be);
    the solver leaves those behind whose move would disturb most, as far as the bands let it. Bands compare the
    parts with each other: what other territories hold is not touched.
    """

    territory: str
    into: tuple[str, ...]
    capacity_shares: tuple[float, ...] = ()

    kind: ClassVar[str] = "split"

    def __post_init__(self) -> None:
        problems = check_shares("capacity_shares", self.capacity_shares)
        if len(set(self.into)) < 2 or len(set(self.into)) < len(self.into):
            problems["into"] = "must name two or more different territories"
        if self.capacity_shares and len(self.capacity_shares) != len(self.into):
            problems["capacity_shares"] = f"are {len(self.capacity_shares)} for {len(self.into)} territories"
        if problems:
            raise InputError(problems)

    def claims(self, _firm: Firm, /) -> Mapping[str, str]:
        """Name the seat it splits and those it fills."""
        return {**dict.fromkeys(self.into, f"fills it from {self.territory}"), self.territory: "splits it"}

    def apply(self, setting: Setting, firm: Firm, /) -> Setting:
        """Open the parts and let each take the accounts of its cell alone."""
        (row,) = find_seats(setting, [self.territory])
        taken = [
            part
            for part in self.into
            if part != self.territory and has_seat(setting, part) and accounts_of(firm, [part])
        ]
        if taken:
            raise InputError(
                {f"split into {part}": "has accounts already; name a new or an empty seat" for part in taken}
            )
        shares = self.capacity_shares or (row["capacity_share"] / len(self.into),) * len(self.into)
        cell, accounts, points = self._cut(firm, np.array(shares))
        ids = accounts["account_id"].to_numpy()
        everything = tuple(accounts["account_id"])
        hours = full_hours(row)
        for number, part in enumerate(self.into):
            inside = cell == number
            if not has_seat(setting, part):
                setting = open_seat(setting, firm, part, like=self.territory, capacity_share=shares[number])
            setting = setting.with_changes(
                [part], capacity_share=shares[number], capacity_hours=hours * shares[number],
                **{column: row[column] for column in ("segment", "vertical", "region", "layer")},
            )  # fmt: skip
            if inside.any() and not np.isnan(points[inside]).all():
                latitude, longitude = np.nanmean(points[inside], axis=0)
                setting = setting.with_changes([part], latitude=float(latitude), longitude=float(longitude))
            to = () if part == self.territory else (part,)
            why = f"{self.territory} is split and it is in the part of {part}"
            sent = Transfer(tuple(ids[inside]), to, has_to_leave=self.territory not in self.into, why=why)
            setting = replace(
                setting, transfers=(*setting.transfers, sent), doors=(*setting.doors, Door(part, everything))
            )
        if self.territory not in self.into:
            setting = setting.with_changes([self.territory], is_emptied=True)
        return setting

    def _cut(
        self, firm: Firm, shares: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], pl.DataFrame, NDArray[np.float64]]:
        """Return the number of the part of each account, the accounts, and their places in degrees."""
        columns = ["parent_account_id", "latitude", "longitude", "region", "postal_code", "vertical", "segment"]
        accounts = (
            firm.figures.filter(pl.col("territory_id") == self.territory)
            .select("account_id", "territory_id", "potential")
            .join(firm.book.active_accounts.select("account_id", *columns), on="account_id", maintain_order="left")
        )
        units = form_units(accounts, firm.policy)
        weight = units.total(accounts["potential"].to_numpy().astype(np.float64))
        if weight.sum() <= 0:
            weight = np.ones(units.n_units)
        lead = units.heaviest_account(accounts["potential"].to_numpy().astype(np.float64))
        points = accounts.select("latitude", "longitude").cast(pl.Float64).to_numpy()
        order = ["region", "postal_code", "vertical", "segment", "account_id"]
        rank = accounts.select(rank=pl.struct(*order).rank("ordinal"))["rank"].to_numpy().astype(np.float64)
        cell = cut_into_cells(points[lead], rank[lead], weight, shares)
        if self.territory in self.into and units.n_units:
            own = self.into.index(self.territory)
            kept = self._find_kept(cell, shares, own)
            if len(shares) == 2:
                wide = shares.copy()
                wide[1 - kept] *= 1 + firm.policy.events.split_margin
                cell = cut_into_cells(points[lead], rank[lead], weight, wide)
            cell = np.where(cell == kept, own, np.where(cell == own, kept, cell))
        return cell[units.unit_of_account], accounts, points

    @staticmethod
    def _find_kept(cell: NDArray[np.intp], shares: NDArray[np.float64], own: int) -> int:
        """Return the cell with most accounts among those of the size of the territory's own part: it keeps that one."""
        same = np.flatnonzero(np.isclose(shares, shares[own]))
        counts = np.bincount(cell, minlength=len(shares))
        return int(same[np.argmax(counts[same])])

    def tell(self, outcome: Outcome) -> Iterator[Finding]:
        """Say what each part holds."""
        parts = []
        moved = outcome.accounts.filter((pl.col("origin") == self.territory) & pl.col("moved"))
        for part in self.into:
            own = outcome.seats[part]
            held = outcome.accounts.filter(pl.col("destination") == part)
            quota = outcome.say_quota(part)
            parts.append(
                f"{part} has {count(held.height, 'account')} worth {own['potential_after']:,.0f} (target "
                f"{own['target']:,.0f}), {percent(own['load_after'])} of its hours used{f', {quota}' if quota else ''}"
            )
        message = (
            f"{self.territory} is split into {join_words(self.into)}; {count(moved.height, 'account')} "
            f"{'changes' if moved.height == 1 else 'change'} hands ({outcome.say_grades(moved)}), and no other "
            f"territory is touched by it. {'; '.join(parts)}."
        )
        yield outcome.finding("PL154", self.territory, message, n_accounts=moved.height)
