"""What a new product's potential looks like beside the core's: concentration, overlap, rank correlation, workload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.events.event import Firm
    from evenhand.policy import Policy


@dataclass(frozen=True)
class ProductFit:
    """A product measured before its launch.

    Attributes
    ----------
    n_accounts
        That have any potential for it.
    top_share, core_top_share
        Share of the product's (the core's) potential that the ``events.product_top_share`` of accounts with most of it
        hold.
    overlap_share
        Σ min(share of the product's potential, share of the core's) over accounts: 1 where both are in the same
        accounts in the same proportions.
    rank_correlation
        Spearman's, of both potentials over all accounts; nan where one doesn't vary.
    hours
        A year, of all its accounts.
    spare_hours
        That the core's seats have below the workload ceiling.
    full_seats
        Hours ÷ those of a full seat.
    """

    n_accounts: int
    potential: float
    top_share: float
    core_top_share: float
    overlap_share: float
    rank_correlation: float
    hours: float
    spare_hours: float
    full_seats: float

    def advise(self, policy: Policy) -> str:
        """Return layer where the product's potential follows the core's closely enough, else own."""
        rules = policy.events
        follows = self.rank_correlation >= rules.product_correlation_from
        return "layer" if follows and self.overlap_share >= rules.product_overlap_from else "own"


def find_product_potential(firm: Firm, column: str, fit: tuple[str, ...]) -> NDArray[np.float64]:
    """(n_accounts,) potential of the product for each active account, sorted by account_id.

    Parameters
    ----------
    column
        Of the accounts, as the source brought it.
    fit
        "vertical:factor": the potential is the core's × the factor of the vertical instead, 0 for other verticals.

    Raises
    ------
    InputError
        If there is no such column, it isn't numbers, or no vertical is known.
    """
    accounts = firm.book.active_accounts.sort("account_id")
    if fit:
        factors, problems = _read_fit(fit, accounts["vertical"].drop_nulls().unique().sort().to_list())
        if problems:
            raise InputError(problems)
        factor = accounts["vertical"].replace_strict(
            list(factors), list(factors.values()), default=0.0, return_dtype=pl.Float64
        )
        scaled: NDArray[np.float64] = firm.figures["potential"].to_numpy().astype(np.float64) * factor.to_numpy()
        return scaled
    if column not in accounts.columns:
        extra = [name for name, kind in accounts.schema.items() if kind.is_numeric()]
        message = f"the accounts have no column {column!r}.{say_nearest(column, extra)} Or give fit=vertical:factor;…"
        raise InputError({"potential": message})
    values = accounts[column].cast(pl.Float64, strict=False)
    if values.null_count() == len(values) > 0:
        raise InputError({"potential": f"the column {column!r} of the accounts has no numbers"})
    known: NDArray[np.float64] = np.maximum(values.fill_null(0.0).to_numpy(), 0.0)
    return known


def _read_fit(fit: tuple[str, ...], verticals: list[str]) -> tuple[dict[str, float], dict[str, str]]:
    factors: dict[str, float] = {}
    problems: dict[str, str] = {}
    for part in fit:
        vertical, _, text = part.rpartition(":")
        if vertical not in verticals:
            problems[f"fit, {part}"] = (
                f"no active account has the vertical {vertical!r}.{say_nearest(vertical, verticals)}"
            )
            continue
        try:
            factors[vertical] = float(text)
        except ValueError:
            problems[f"fit, {part}"] = f"{text!r} is not a number; write vertical:factor"
    return factors, problems


def measure_fit_of_product(
    product: NDArray[np.float64],
    core: NDArray[np.float64],
    hours: NDArray[np.float64],
    *,
    spare_hours: float,
    policy: Policy,
) -> ProductFit:
    """Measure a product against the core.

    Parameters
    ----------
    product, core
        (n_accounts,) potential of each account.
    hours
        (n_accounts,) a year that it needs for the product.
    """
    top = policy.events.product_top_share
    overlap = np.minimum(_shares(product), _shares(core)).sum()
    return ProductFit(
        n_accounts=int((product > 0).sum()),
        potential=float(product.sum()),
        top_share=_hold(product, top),
        core_top_share=_hold(core, top),
        overlap_share=float(overlap),
        rank_correlation=correlate_ranks(product, core),
        hours=float(hours.sum()),
        spare_hours=spare_hours,
        full_seats=float(hours.sum()) / policy.workload.capacity_hours,
    )


def correlate_ranks(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's rank correlation, ties at their mean rank; nan where one of them doesn't vary."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    from scipy.stats import rankdata  # noqa: PLC0415 - takes as long to import as the rest of scipy

    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    total = values.sum()
    return values / total if total > 0 else np.zeros(len(values))


def _hold(values: NDArray[np.float64], top: float) -> float:
    """Share of the total that the largest ones hold; of the accounts that have any."""
    some = np.sort(values[values > 0])[::-1]
    n = int(np.ceil(top * len(some)))
    return float(some[:n].sum() / some.sum()) if len(some) else float("nan")
