"""A new product line: measured before launch, then its own territories or a layer on the existing ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Severity
from evenhand.plan.events.event import Conclusion, Event, Firm
from evenhand.plan.events.outcome import as_evidence, count, percent, shorten
from evenhand.plan.events.overlay import (
    Overlay,
    OverlayQuestion,
    draw_overlay,
    find_double_owners,
    list_layer_seats,
    state_overlay,
)
from evenhand.plan.events.product_fit import ProductFit, find_product_potential, measure_fit_of_product
from evenhand.plan.events.spread import find_spare_hours
from evenhand.plan.solver import PROVED_GAP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl
    from numpy.typing import NDArray

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting

MODELS = ("auto", "own", "layer")
_SAID = {
    "own": "its own territories, drawn account by account",
    "layer": "a layer on the existing territories: each specialist covers whole core territories",
}


@dataclass(frozen=True)
class NewProduct(Event):
    """Measure a new product and draw who covers it, in a layer of its own; the core's owners stay.

    Parameters
    ----------
    layer
        Name of the product's layer (the `layer` of its territories).
    potential
        Column of the accounts that has their potential for the product.
    fit
        ``vertical:factor`` instead of a column: the core's potential × the factor, other verticals 0.
    model
        own, layer, or auto: as the measures advise.
    territories
        Seats of the layer, where the book has none of that layer; new ones are opened.
    seats
        How many new seats, where none are there or named; 0: as many as the hours need.

    Notes
    -----
    Measured: how concentrated the product's potential is, how far it overlaps with the core's, their rank correlation,
    and the hours it needs (``events.product_hours_share`` of the core's). A layer on the existing territories is
    advised where the rank correlation is at least ``events.product_correlation_from`` and the overlap at least
    ``events.product_overlap_from``; else the product gets territories of its own. Every account has one owner in the
    layer. See `ProductFit` and `draw_overlay`.
    """

    layer: str
    potential: str = "product_potential"
    fit: tuple[str, ...] = ()
    model: str = "auto"
    territories: tuple[str, ...] = ()
    seats: int = 0

    kind: ClassVar[str] = "new-product"

    def __post_init__(self) -> None:
        problems = {}
        if self.model not in MODELS:
            problems["model"] = f"{self.model!r} must be {', '.join(MODELS[:-1])} or {MODELS[-1]}"
        if not 0 <= self.seats <= 10_000:
            problems["seats"] = f"{self.seats} must be from 0 to 10,000"
        if problems:
            raise InputError(problems)

    def claims(self, _firm: Firm, /) -> Mapping[str, str]:
        """Name its layer and the seats of it."""
        return {f"layer {self.layer}": "draws it", **dict.fromkeys(self.territories, "covers a new product by it")}

    def apply(self, setting: Setting, firm: Firm, /) -> Setting:
        """Check that the product can be measured; the core's territories stay as they are."""
        holds = set(firm.book.active_accounts["territory_id"])
        problems = {
            f"territory {name}": "holds accounts of another layer; name a seat of the product's"
            for name in self.territories
            if name in holds
        }
        if not find_product_potential(firm, self.potential, self.fit).sum() > 0:
            problems["potential"] = "no active account has any potential for the product"
        if problems:
            raise InputError(problems)
        return setting

    def tell(self, outcome: Outcome) -> Iterator[Finding]:
        """Say what was measured, what follows, and who covers how much."""
        return iter(self.conclude(outcome).findings)

    def conclude(self, outcome: Outcome) -> Conclusion:
        """Measure the product and draw its layer."""
        measured, model, seats, product, hours = self._ask(outcome)
        overlay = draw_overlay(outcome, self.layer, model, seats, product, hours, seed=outcome.policy.solve.seed)
        findings = (*self._say_measures(outcome, measured, model), *self._say_layer(outcome, model, overlay))
        return Conclusion(
            findings,
            {
                "overlay": overlay.accounts,
                "overlay_levels": overlay.levels,
                "overlay_certificate": overlay.certificate,
            },
        )

    def restate(self, outcome: Outcome) -> OverlayQuestion:
        """State again what the solver was asked for the layer, for those who check it."""
        _, model, seats, product, hours = self._ask(outcome)
        return state_overlay(outcome, model, seats, product, hours)

    def _ask(self, outcome: Outcome) -> tuple[ProductFit, str, pl.DataFrame, NDArray[np.float64], NDArray[np.float64]]:
        """Measure the product; return the measures, the model, the layer's seats, and each account's figures."""
        firm = Firm(outcome.book, outcome.accounts, outcome.policy)
        product = find_product_potential(firm, self.potential, self.fit)
        core_hours = outcome.accounts["hours"].to_numpy()
        hours = np.where(product > 0, core_hours * outcome.policy.events.product_hours_share, 0.0)
        measured = measure_fit_of_product(
            product, outcome.accounts["potential"].to_numpy(), hours,
            spare_hours=_spare_hours(outcome), policy=outcome.policy,
        )  # fmt: skip
        model = measured.advise(outcome.policy) if self.model == "auto" else self.model
        seats = list_layer_seats(outcome, self.layer, self.territories, self.seats, measured.hours)
        return measured, model, seats, product, hours

    def _say_measures(self, outcome: Outcome, measured: ProductFit, model: str) -> Iterator[Finding]:
        rules = outcome.policy.events
        advised = measured.advise(outcome.policy)
        correlation = f"{measured.rank_correlation:.2f}".replace("-", "−")
        follows = (
            f"it follows the core closely enough (from {rules.product_correlation_from:g} and "
            f"{percent(rules.product_overlap_from)} on)"
            if advised == "layer"
            else f"it follows the core too little (a layer needs {rules.product_correlation_from:g} and "
            f"{percent(rules.product_overlap_from)})"
        )
        can = "could take it on" if measured.spare_hours >= measured.hours else "can't take it on besides"
        chosen = "" if model == advised else f" The event asks for {_SAID[model]}."
        message = (
            f"{self.layer}: {count(measured.n_accounts, 'account')} have potential for it; "
            f"{percent(rules.product_top_share)} of them hold {percent(measured.top_share)} of it (of the core "
            f"{percent(measured.core_top_share)}). The rank correlation with the core's potential is {correlation} and "
            f"{percent(measured.overlap_share)} of the two overlap: {follows}. It needs {measured.hours:,.0f} hours a "
            f"year, {measured.full_seats:.1f} full seats; the core's reps have {measured.spare_hours:,.0f} to spare "
            f"and {can}. Advised: {_SAID[advised]}.{chosen}"
        )
        yield outcome.finding(
            "PL158", self.layer, message, advised=advised, model=model,
            **{name: round(float(value), 4) if np.isfinite(value) else None for name, value in vars(measured).items()},
        )  # fmt: skip

    def _say_layer(self, outcome: Outcome, model: str, overlay: Overlay) -> Iterator[Finding]:
        parts = [
            f"{seat} {count(n, 'account')} worth {potential:,.0f} (target {target:,.0f}), "
            f"{percent(hours / capacity) if capacity else '–'} of its hours"
            for seat, _, n, potential, target, hours, capacity in overlay.seats.iter_rows()
        ]
        new = int(overlay.seats["is_new"].sum())
        bands = "" if overlay.status != "infeasible_bands" else " Not all seats can be brought into their bands."
        left = f" {count(overlay.n_uncovered, 'account')} fit no seat of the layer." if overlay.n_uncovered else ""
        message = (
            f"{self.layer} gets {_SAID[model]}. {count(overlay.accounts.height, 'account')} with one owner each, "
            f"{count(overlay.seats.height, 'seat')}{f', {new} of them new' if new else ''}; "
            f"{overlay.n_changed or 'none'} of those that had an owner in the layer "
            f"{'gets' if overlay.n_changed == 1 else 'get'} another. {shorten(parts)}.{bands}{left} "
            f"{_say_proof(overlay)}"
        )
        yield outcome.finding("PL158", self.layer, message, seats=as_evidence(overlay.seats), status=overlay.status)
        doubled = find_double_owners(outcome.book, self.layer)
        if doubled.height:
            kept = dict(overlay.accounts.select("account_id", "territory_id").iter_rows())
            cases = [
                f"{account} ({', '.join(owners)}; the plan has {kept.get(account)})"
                for account, owners in doubled.iter_rows()
            ]
            message = f"{count(doubled.height, 'account')} with two owners in {self.layer}: {shorten(cases)}."
            yield outcome.finding(
                "PL159", "ownership", message, Severity.WARNING, account_ids=doubled["account_id"].head(500).to_list()
            )


def _say_proof(overlay: Overlay) -> str:
    """Say what the layer's own certificate proves."""
    open_ = [
        level for level, value, bound in overlay.levels.select("level", "value", "bound").iter_rows()
        if value - bound > PROVED_GAP * max(abs(bound), 1e-9)
    ]  # fmt: skip
    if not open_:
        return "Proven: no other drawing of the layer is better, by the bands, by who changes hands or by distance."
    if open_ == ["cost"]:
        value, bound = overlay.levels.row(-1)[2:]
        less = percent((value - bound) / value) if value else "0 %"
        return f"Proven: none meets the bands with fewer changes of hands; distances could be {less} less at most."
    return "Not proven to the end: overlay_levels.csv says what the best drawing of the layer could save at most."


def _spare_hours(outcome: Outcome) -> float:
    """Hours that the seats which hold accounts after the plan have below the ceiling."""
    statement = outcome.statement
    held = statement.total(outcome.accounts["hours"].to_numpy(), outcome.assigned)
    capacity = statement.setting.territories["capacity_hours"].to_numpy().astype(np.float64)
    spare = find_spare_hours(held, capacity, outcome.policy.bands.workload_ceiling or 1.0)
    return float(spare[(held > 0) & statement.setting.is_seat].sum())
