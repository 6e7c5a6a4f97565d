"""Market expansion: a new region, vertical or country, or a territory grown past its band, gets a seat or a share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from evenhand.diagnose.accounts import measure_accounts
from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest
from evenhand.plan.events.event import Event, Firm
from evenhand.plan.events.named import (
    accounts_of,
    check_shares,
    find_fair_share,
    find_fullest,
    find_seats,
    full_hours,
    has_seat,
    open_seat,
)
from evenhand.plan.events.outcome import as_evidence, count, percent, shorten
from evenhand.plan.events.product_fit import find_product_potential
from evenhand.plan.setting import Door, Transfer, open_setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting

MARKETS = ("region", "vertical", "country")
_KINDS = (*MARKETS, "product", "grown")
_LEAST_SHARE, _STEP = 0.1, 0.05


@dataclass(frozen=True)
class MarketExpansion(Event):
    """Measure what a market is worth against a full seat, and open a seat for it where one is named.

    Parameters
    ----------
    region, vertical, country
        The market: accounts that have this value. One of them, or `product`, or `grown`.
    product
        Column of the accounts with their potential for a product: the market is those that have any. It is measured
        alone; who covers it is drawn by `NewProduct`.
    grown
        A seat whose potential grew past its band.
    territory
        The seat for it, new or empty; left out: no seat, the market is shared among those who have it.
    capacity_share
        Of that seat; 0: what the market is worth, at most a full seat.

    Notes
    -----
    Worth = potential of the market ÷ fair share of a full seat (Σ potential ÷ Σ capacity); of a grown seat what is
    above its own fair share. From ``events.new_seat_share`` of a full seat on, a seat of its own is advised. The new
    seat takes only the market's accounts (a grown seat's, only from it), and these may go nowhere else; the fewest and
    gentlest that bring it into its band move.
    """

    region: str = ""
    vertical: str = ""
    country: str = ""
    product: str = ""
    grown: str = ""
    territory: str = ""
    capacity_share: float = 0.0

    kind: ClassVar[str] = "market-expansion"

    def __post_init__(self) -> None:
        problems = check_shares("capacity_share", (self.capacity_share,)) if self.capacity_share else {}
        given = [name for name in _KINDS if getattr(self, name)]
        if len(given) != 1:
            problems["market-expansion"] = f"needs one of {', '.join(_KINDS[:-1])} or {_KINDS[-1]}" + (
                f", not {' and '.join(given)}" if given else ""
            )
        if self.product and self.territory:
            problems["territory"] = (
                f"is for a region, vertical or country; the seats of a product are drawn in a layer of their own: "
                f"new-product:layer={self.product},potential={self.product},territories={self.territory}"
            )
        if self.capacity_share and not self.territory:
            problems["capacity_share"] = "is of a seat; name its territory too"
        if problems:
            raise InputError(problems)

    @property
    def market(self) -> tuple[str, str]:
        """The column and the value that make the market."""
        return next((name, getattr(self, name)) for name in _KINDS if getattr(self, name))

    def claims(self, _firm: Firm, /) -> Mapping[str, str]:
        """Name the grown seat and the new one."""
        claimed = {self.grown: "relieves it"} if self.grown else {}
        return claimed | ({self.territory: "opens it for a market"} if self.territory else {})

    def apply(self, setting: Setting, firm: Firm, /) -> Setting:
        """Open the seat and its door."""
        ids, worth = self._measure(setting, firm)
        if not self.territory:
            return setting
        share = self.capacity_share or _round_share(worth)
        if has_seat(setting, self.territory):
            (row,) = find_seats(setting, [self.territory])
            if accounts_of(firm, [self.territory]):
                raise InputError({f"territory {self.territory}": "has accounts already; name a new or an empty seat"})
            setting = setting.with_changes(
                [self.territory], capacity_share=share, capacity_hours=full_hours(row) * share
            )
        else:
            like = self.grown or find_fullest(setting, firm)
            if like is None:
                raise InputError({f"territory {self.territory}": "is new, but the book has no seat it could resemble"})
            rules = {} if self.grown else self._rules(firm, ids)
            setting = open_seat(setting, firm, self.territory, like=like, capacity_share=share, **rules)
        door = Door(self.territory, ids)
        column, value = self.market
        why = f"{self.territory} is opened for {column} {value}"
        sent = () if self.grown else (Transfer(ids, (self.territory,), has_to_leave=False, why=why),)
        return replace(setting, doors=(*setting.doors, door), transfers=(*setting.transfers, *sent))

    def _rules(self, firm: Firm, ids: tuple[str, ...]) -> dict[str, Any]:
        """Let the seat take what the market is, whatever its segments and verticals; based in its middle."""
        inside = firm.book.active_accounts.filter(pl.col("account_id").is_in(list(ids)))
        column, value = self.market
        rules: dict[str, Any] = {"region": None, "vertical": None, "segment": None}
        middle = {axis: inside[axis].mean() for axis in ("latitude", "longitude")}
        return rules | ({column: value} if column in rules else {}) | middle

    def _measure(self, setting: Setting, firm: Firm) -> tuple[tuple[str, ...], float]:
        """Return the market's accounts and what it is worth against a full seat."""
        fair = find_fair_share(setting, firm)
        column, value = self.market
        if self.grown:
            (row,) = find_seats(setting, [self.grown])
            ids = accounts_of(firm, [self.grown])
            held = float(firm.figures.filter(pl.col("territory_id") == self.grown)["potential"].sum())
            return ids, max(0.0, held / fair - row["capacity_share"]) if fair else 0.0
        if self.product:
            amounts = find_product_potential(firm, self.product, ())
            if not amounts.sum() > 0:
                raise InputError({"market-expansion, product": f"no active account has any {value}"})
            buyers = firm.book.active_accounts.sort("account_id").filter(pl.Series(amounts > 0))["account_id"]
            return tuple(buyers), float(amounts.sum()) / fair if fair else 0.0
        ids = tuple(firm.book.active_accounts.filter(pl.col(column) == value)["account_id"])
        if not ids:
            known = firm.book.active_accounts[column].drop_nulls().unique().sort().to_list()
            hint = say_nearest(value, [str(item) for item in known][:50]) or f" The accounts have no {column}."
            raise InputError({f"market-expansion, {column}": f"no active account has {value!r}.{hint}"})
        held = float(firm.figures.filter(pl.col("account_id").is_in(list(ids)))["potential"].sum())
        return ids, held / fair if fair else 0.0

    def tell(self, outcome: Outcome) -> Iterator[Finding]:
        """Say what the market is worth, what is advised, and what was done."""
        firm = Firm(outcome.book, measure_accounts(outcome.book, outcome.policy), outcome.policy)
        ids, worth = self._measure(open_setting(outcome.book, outcome.policy), firm)
        column, value = self.market
        accounts = outcome.accounts
        if self.product:
            accounts = accounts.with_columns(potential=pl.Series(find_product_potential(firm, value, ())))
        market = accounts.filter(pl.col("account_id").is_in(list(ids)))
        threshold = outcome.policy.events.new_seat_share
        amount = f"{market['potential'].sum():,.0f}"
        held = f"with {amount} of potential for it" if self.product else f"worth {amount}"
        worded = f"{count(market.height, 'account')} {held}, {percent(worth)} of a full seat"
        what = (
            f"{value} has {worded} more than its fair share"
            if self.grown
            else f"The {column} {value} has {worded}'s fair share"
        )
        advice = (
            f"from {percent(threshold)} on a seat of its own is advised"
            if worth >= threshold
            else f"below {percent(threshold)} it is no seat yet and is better shared"
        )
        yield outcome.finding(
            "PL155", value, f"{what}; {advice}. {self._say_done(outcome, market)}", worth_share=round(worth, 4),
            n_accounts=market.height, receivers=as_evidence(outcome.givers(self.territory)),
        )  # fmt: skip

    def _say_done(self, outcome: Outcome, market: pl.DataFrame) -> str:
        if not self.territory:
            holders = (
                market.group_by("destination")
                .agg(n=pl.len(), potential=pl.col("potential").sum())
                .sort("potential", "destination", descending=[True, False])
            )
            parts = [f"{seat} {count(n, 'account')}, {potential:,.0f}" for seat, n, potential in holders.iter_rows()]
            return f"No seat is opened; after the plan they are with {shorten(parts)}."
        came = market.filter((pl.col("destination") == self.territory) & pl.col("moved"))
        (row,) = find_seats(outcome.statement.setting, [self.territory])
        seats = outcome.seats
        parts = [
            f"{giver} gives {count(n, 'account')} worth {potential:,.0f} ({percent(seats[giver]['load_before'])} of "
            f"its hours used before, {percent(seats[giver]['load_after'])} after)"
            for giver, n, potential, _ in outcome.givers(self.territory).iter_rows()
        ]
        return (
            f"{self.territory} is opened at {percent(row['capacity_share'])} of a full seat and gets "
            f"{count(came.height, 'account')} worth {came['potential'].sum():,.0f}, target "
            f"{seats[self.territory]['target']:,.0f} ({outcome.say_grades(came)}). {shorten(parts)}."
        )


def _round_share(worth: float) -> float:
    """Return a size in steps of a twentieth, a tenth at least and a full seat at most."""
    return min(1.0, max(_LEAST_SHARE, round(worth / _STEP) * _STEP))
