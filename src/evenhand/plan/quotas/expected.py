"""What each seat can be expected to sell of its quota, from the firm's own closed periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.diagnose.windows import QUARTER_MONTHS, months_before
from evenhand.plan.quotas.parts import account_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

    Floats = NDArray[np.float64]

HISTORY, POTENTIAL = "history", "potential"


@dataclass(frozen=True, eq=False)
class Expectation:
    """What is expected of each territory, arrays with an entry for each.

    Attributes
    ----------
    basis
        "history": from closed periods; "potential": every unit of potential is taken to sell the same.
    ratio
        Expected attainment of the opening quota.
    unsure
        Variance of `ratio` as an estimate.
    noise
        Variance of a period's attainment around it, times the quota in cents: small quotas swing more.
    credibility
        How much a seat's own history counts, 0 to 1; the rest is that of all seats.
    n_observed
        Closed periods, of all seats.
    """

    basis: str
    ratio: Floats
    unsure: Floats
    noise: float
    credibility: Floats
    n_observed: int


def expect_attainment(book: Book, statement: Statement, opening: NDArray[np.int64], policy: Policy) -> Expectation:
    """Expect of each seat what it attained, as far as its history can be told from chance.

    Notes
    -----
    Bühlmann–Straub credibility with quotas as weights w: of the closed periods in the last
    ``cadence.attainment_quarters``, X = attained ÷ quota, with v the variance within seats and a that between them:
    ratio = Z · X̄(seat) + (1 − Z) · X̄(all), Z = w·a ÷ (w·a + v). A seat without history is expected to be like all
    seats. Where the book has no attained amounts, all potential is taken to sell the same, at 100 % of all quotas.

    References
    ----------
    H. Bühlmann, E. Straub: Glaubwürdigkeit für Schadensätze. Mitteilungen der Vereinigung schweizerischer
    Versicherungsmathematiker 70 (1970) 111–133. Policy entry ``cadence.attainment_quarters``.
    """
    ids = statement.setting.territories.select("territory_id").with_row_index("t")
    since = months_before(book.as_of, QUARTER_MONTHS * policy.cadence.attainment_quarters)
    closed = (
        book.quotas.filter(
            (pl.col("period_end") > since)
            & (pl.col("period_end") <= book.as_of)
            & (pl.col("amount_cents") > 0)
            & pl.col("attained_cents").is_not_null()
        )
        .join(ids, on="territory_id")
        .sort("territory_id", "period_start", "period_end")
    )
    n_seats = closed["t"].n_unique()
    if closed.height < n_seats + 2 or n_seats < 2:
        return _by_potential(statement, opening)
    t = closed["t"].to_numpy().astype(np.intp)
    weight = closed["amount_cents"].to_numpy().astype(np.float64)
    ratio = closed["attained_cents"].to_numpy() / weight
    return _credible(t, ratio, weight, ids.height)


def _credible(t: NDArray[np.intp], ratio: Floats, weight: Floats, n_territories: int) -> Expectation:
    total = np.bincount(t, weights=weight, minlength=n_territories)
    n = np.bincount(t, minlength=n_territories)
    known = total > 0
    mean = np.divide(np.bincount(t, weights=weight * ratio, minlength=n_territories), total, where=known, out=total * 0)
    within = float((weight * (ratio - mean[t]) ** 2).sum()) / max(int((n[known] - 1).sum()), 1)
    overall = float((weight * ratio).sum() / weight.sum())
    n_known = int(known.sum())
    spread = float((total[known] * (mean[known] - overall) ** 2).sum()) - (n_known - 1) * within
    between = max(spread / (weight.sum() - float((total[known] ** 2).sum()) / weight.sum()), 0.0)
    # Without any chance in it, a seat's history is all there is to know.
    credibility = known.astype(np.float64)
    if within > 0:
        credibility = total * between / (total * between + within)
    centre = float((credibility * mean).sum() / credibility.sum()) if between > 0 and credibility.sum() > 0 else overall
    return Expectation(
        basis=HISTORY,
        ratio=np.maximum(credibility * mean + (1 - credibility) * centre, 0.0),
        unsure=between * (1 - credibility),
        noise=within,
        credibility=credibility,
        n_observed=len(t),
    )


def _by_potential(statement: Statement, opening: NDArray[np.int64]) -> Expectation:
    n = len(opening)
    weight = np.bincount(statement.present, weights=account_weights(statement), minlength=n)
    quota = opening.astype(np.float64)
    with_quota = quota > 0
    share = weight * with_quota / max(float((weight * with_quota).sum()), 1e-300)
    ratio = np.divide(share * quota.sum(), quota, out=np.zeros(n), where=with_quota)
    return Expectation(POTENTIAL, ratio, np.zeros(n), 0.0, np.zeros(n), 0)
