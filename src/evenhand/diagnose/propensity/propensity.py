"""The propensity to buy: learned from the past, tested on what came after, refused where it shows nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import expit, ndtri

from evenhand.diagnose.propensity import words
from evenhand.diagnose.propensity.cuts import first_record, list_cuts, list_winners
from evenhand.diagnose.propensity.facts import FACTS, list_facts
from evenhand.diagnose.propensity.logistic import LEAST_SHARE, Logistic, Scale, fit_logistic, fit_scale, slope_error
from evenhand.diagnose.propensity.skill import (
    CALIBRATION_SCHEMA,
    Skill,
    brier_losses,
    log_losses,
    mean_miss,
    measure_skill,
    tabulate,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.book.book import Book
    from evenhand.diagnose.propensity.cuts import Cut
    from evenhand.policy import Policy

PERIOD_SCHEMA = {
    "day": pl.Date,
    "until": pl.Date,
    "n": pl.Int64,
    "n_won": pl.Int64,
    "base_share": pl.Float64,
    "brier_skill": pl.Float64,
    "log_skill": pl.Float64,
}
FACT_SCHEMA = {"fact": pl.String, "title": pl.String, "mean": pl.Float64, "slope": pl.Float64, "per_spread": pl.Float64}
ACCOUNT_SCHEMA = {
    "account_id": pl.String,
    "propensity": pl.Float64,
    "log_odds": pl.Float64,
    "part_base": pl.Float64,
    **{f"part_{fact}": pl.Float64 for fact in FACTS},
}


class Standing(StrEnum):
    """What became of learning."""

    OFF = "off"
    """The policy goes by facts."""
    REFUSED = "refused"
    """It could not be learned, or knows no more than the base rate."""
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class Propensity:
    """Each account's probability of a won deal in the next period, and why it should be believed.

    Attributes
    ----------
    sentence
        What became of it, with the figures.
    horizon_months
        Length of the period.
    periods
        One row per cut with `PERIOD_SCHEMA`: the day and the last day of the period after it, accounts, winners, and
        for the tested ones the base rate they were compared with and the skill.
    brier, log
        The skill over all tested periods; None where nothing was tested.
    calibration
        Foretold and found by tenths of the tested accounts.
    calibration_slope
        Of the log-odds found on those foretold: estimate, low, high; 1 is well calibrated, less too sure of itself.
    calibration_miss
        Mean distance of foretold from found over the tenths, as a share (0.02 is two points).
    facts
        One row per fact with `FACT_SCHEMA`: slope in log-odds for one more, and for one standard deviation more.
    accounts
        One row per active account with `ACCOUNT_SCHEMA`: the probability, its log-odds, and the parts that add up to
        them. Empty unless accepted.
    """

    standing: Standing
    sentence: str
    horizon_months: int
    confidence: float = 0.95
    periods: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PERIOD_SCHEMA))
    brier: Skill | None = None
    log: Skill | None = None
    calibration: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CALIBRATION_SCHEMA))
    calibration_slope: tuple[float, float, float] | None = None
    calibration_miss: float | None = None
    facts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FACT_SCHEMA))
    accounts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ACCOUNT_SCHEMA), repr=False)

    @property
    def is_accepted(self) -> bool:
        """Say whether the score of potential uses it."""
        return self.standing is Standing.ACCEPTED

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON; accounts are left out."""
        return {
            "standing": str(self.standing),
            "sentence": self.sentence,
            "horizon_months": self.horizon_months,
            "confidence": self.confidence,
            "brier": None if self.brier is None else dict(vars(self.brier)),
            "log": None if self.log is None else dict(vars(self.log)),
            "calibration_slope": None if self.calibration_slope is None else list(self.calibration_slope),
            "calibration_miss": self.calibration_miss,
            "calibration": self.calibration.to_dicts(),
            "facts": self.facts.to_dicts(),
            "periods": self.periods.to_dicts(),
        }


@dataclass(frozen=True)
class _Sample:
    """Accounts at one cut: (n, n_facts) facts, (n,) whether each won, (n,) code of its family."""

    cut: Cut
    facts: np.ndarray[Any, np.dtype[np.float64]]
    won: np.ndarray[Any, np.dtype[np.bool_]]
    family: np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class _Test:
    """What was foretold for a cut by what was known before it."""

    sample: _Sample
    log_odds: np.ndarray[Any, np.dtype[np.float64]]
    share: np.ndarray[Any, np.dtype[np.float64]]
    base_share: float


def learn_propensity(book: Book, policy: Policy) -> Propensity:
    """Learn each account's probability of a won deal in the next period, where the policy asks for it.

    Raises
    ------
    InputError
        Where scikit-learn isn't installed.

    Notes
    -----
    At each cut, a day in the past, the facts known on that day (`list_facts`) stand beside whether the account won a
    deal in the period after it. A logistic regression learns from all cuts but the last ones and is tested on the
    next, then learns from that too and is tested on the one after (expanding windows). Its log-odds are calibrated on
    tests that came before. Accepted where the Brier score and the log loss over all tests are better than those of the
    base rate known at the time, with the interval of the skill above 0; else refused. What is used is learned from
    all cuts and calibrated on all tests.

    References
    ----------
    Policy section ``propensity``; policy entry ``potential.propensity``.
    """
    rules = policy.propensity
    if policy.potential.propensity == "facts":
        return Propensity(Standing.OFF, words.say_off(), rules.horizon_months, rules.confidence)
    cuts = list_cuts(book, policy)
    if len(cuts) <= rules.least_tests:
        reason = words.say_too_short(first_record(book), len(cuts), policy)
        return _refuse(reason, policy)
    samples = [_sample(book, policy, cut) for cut in cuts]
    needed = rules.wins_per_fact * _count_varying(samples)
    first = _first_tested(samples, needed)
    n_won = sum(int(sample.won.sum()) for sample in samples)
    n_all = sum(len(sample.won) for sample in samples)
    if len(samples) - first < rules.least_tests:
        return _refuse(words.say_too_few(n_won, n_all, needed, len(samples), policy), policy, _describe(samples))
    tests = _test(samples, first)
    model = fit_logistic(np.vstack([s.facts for s in samples]), np.concatenate([s.won for s in samples]))
    scale = fit_scale(np.concatenate([t.log_odds for t in tests]), np.concatenate([t.sample.won for t in tests]))
    return _judge(book, policy, samples, tests, model.recalibrated(scale))


def _refuse(reason: str, policy: Policy, periods: pl.DataFrame | None = None) -> Propensity:
    rules = policy.propensity
    return Propensity(
        Standing.REFUSED,
        reason,
        rules.horizon_months,
        rules.confidence,
        periods=pl.DataFrame(schema=PERIOD_SCHEMA) if periods is None else periods,
    )


def _sample(book: Book, policy: Policy, cut: Cut) -> _Sample:
    rows = list_facts(book, policy, cut.day).join(
        list_winners(book, policy, cut), on="account_id", how="left", maintain_order="left"
    )
    families = book.accounts["account_id"].sort()
    return _Sample(
        cut,
        rows.select(pl.col(*FACTS).cast(pl.Float64).fill_null(float("nan"))).to_numpy(),
        rows["has_won"].fill_null(value=False).to_numpy(),
        families.search_sorted(rows["family_id"]).to_numpy().astype(np.int64),
    )


def _count_varying(samples: Sequence[_Sample]) -> int:
    facts = np.vstack([sample.facts for sample in samples])
    if not len(facts):
        return 0
    known = np.where(np.isnan(facts), np.inf, facts).min(axis=0), np.where(np.isnan(facts), -np.inf, facts).max(axis=0)
    return int((known[1] > known[0]).sum())


def _first_tested(samples: Sequence[_Sample], needed: int) -> int:
    """Return the first cut with enough winners, and others, before it."""
    winners = np.cumsum([int(sample.won.sum()) for sample in samples])
    others = np.cumsum([int((~sample.won).sum()) for sample in samples])
    enough = np.minimum(winners, others) >= max(needed, 1)
    return int(np.argmax(enough)) + 1 if enough.any() else len(samples)


def _test(samples: Sequence[_Sample], first: int) -> list[_Test]:
    tests: list[_Test] = []
    for at in range(first, len(samples)):
        before, sample = samples[:at], samples[at]
        won = np.concatenate([s.won for s in before])
        model = fit_logistic(np.vstack([s.facts for s in before]), won)
        log_odds = model.log_odds(sample.facts)
        scale = (
            fit_scale(np.concatenate([t.log_odds for t in tests]), np.concatenate([t.sample.won for t in tests]))
            if tests
            else Scale()
        )
        base = float(np.clip(won.mean(), LEAST_SHARE, 1 - LEAST_SHARE))
        tests.append(_Test(sample, log_odds, scale(log_odds), base))
    return tests


def _judge(
    book: Book, policy: Policy, samples: Sequence[_Sample], tests: Sequence[_Test], model: Logistic
) -> Propensity:
    confidence = policy.propensity.confidence
    share = np.concatenate([test.share for test in tests])
    won = np.concatenate([test.sample.won for test in tests])
    base = np.concatenate([np.full(len(test.share), test.base_share) for test in tests])
    family = np.unique(np.concatenate([test.sample.family for test in tests]), return_inverse=True)[1]
    brier = measure_skill(brier_losses(share, won), brier_losses(base, won), family, confidence)
    log = measure_skill(log_losses(share, won), log_losses(base, won), family, confidence)
    is_better = brier.low > 0 and log.low > 0
    log_odds = np.log(share) - np.log1p(-share)
    again = fit_scale(log_odds, won)
    reach = float(ndtri((1 + confidence) / 2)) * slope_error(log_odds, again)
    slope = (again.slope, again.slope - reach, again.slope + reach)
    table = tabulate(share, won, confidence)
    miss = mean_miss(table)
    return Propensity(
        Standing.ACCEPTED if is_better else Standing.REFUSED,
        words.say_judged(brier, log, slope, miss, (len(tests), int(won.sum()), len(won)), is_better, policy),
        policy.propensity.horizon_months,
        confidence,
        periods=_describe(samples, tests),
        brier=brier,
        log=log,
        calibration=table,
        calibration_slope=slope,
        calibration_miss=miss,
        facts=pl.DataFrame(
            {
                "fact": list(FACTS),
                "title": list(FACTS.values()),
                "mean": model.means,
                "slope": model.slopes,
                "per_spread": model.slopes * model.spreads,
            },
            schema=FACT_SCHEMA,
        ),
        accounts=_score(book, policy, model) if is_better else pl.DataFrame(schema=ACCOUNT_SCHEMA),
    )


def _score(book: Book, policy: Policy, model: Logistic) -> pl.DataFrame:
    rows = list_facts(book, policy, book.as_of)
    facts = rows.select(pl.col(*FACTS).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    parts = model.parts(facts)
    log_odds = model.base + parts.sum(axis=1)
    return pl.DataFrame(
        {
            "account_id": rows["account_id"],
            "propensity": expit(log_odds),
            "log_odds": log_odds,
            "part_base": np.full(len(log_odds), model.base),
            **{f"part_{fact}": parts[:, n] for n, fact in enumerate(FACTS)},
        },
        schema=ACCOUNT_SCHEMA,
    )


def _describe(samples: Sequence[_Sample], tests: Sequence[_Test] = ()) -> pl.DataFrame:
    tested = {test.sample.cut.day: test for test in tests}
    rows = []
    for sample in samples:
        row: dict[str, Any] = {
            "day": sample.cut.day,
            "until": sample.cut.until,
            "n": len(sample.won),
            "n_won": int(sample.won.sum()),
        }
        if test := tested.get(sample.cut.day):
            base = np.full(len(test.share), test.base_share)
            row["base_share"] = test.base_share
            for name, losses in (("brier_skill", brier_losses), ("log_skill", log_losses)):
                of_base = losses(base, sample.won).mean()
                row[name] = float(1 - losses(test.share, sample.won).mean() / of_base) if of_base > 0 else None
        rows.append(row)
    return pl.DataFrame(rows, schema=PERIOD_SCHEMA)
