"""What is run: which instance, who solves it, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.instances import SIZES, Instance, Kind, make_instance
from benchmarks.measure import Contender

if TYPE_CHECKING:
    from collections.abc import Iterator

GAP_BARS = {"1k": 1e-4, "10k": 5e-3, "100k": 2e-3, "1M": 5e-3}
"""The gap that Evenhand is told to stop at, which is what the bar of the size demands."""
SPEED_BARS = {"10k": 5.0, "100k": 10.0}
"""How many times as fast as the linear programme of the same model alone."""
TOLERANCES = [0.055, 0.065, 0.075, 0.085, 0.095, 0.105, 0.115, 0.125, 0.135, 0.145]

LP = Contender("HiGHS LP", "run_highs", {"kind": "lp"})
LP_IPM = Contender("HiGHS LP, interior point", "run_highs", {"kind": "lp", "method": "ipm"})
MIP = Contender("HiGHS MIP", "run_highs", {"kind": "mip"})
CP_SAT = Contender("CP-SAT", "run_cp_sat", {})
REBALANCER = Contender("rebalancer", "run_rebalancer", {"moves": "tuned"})
REBALANCER_ADVISED = Contender("rebalancer, advised moves", "run_rebalancer", {"moves": "advised"})


@dataclass(frozen=True)
class Case:
    """One instance and who solves it, beside Evenhand."""

    size: str
    kind: Kind = "feasible"
    with_grades: bool = False
    seed: int = 0
    linear: tuple[Contender, ...] = ()
    rivals: tuple[Contender, ...] = ()
    multiples: tuple[int, ...] = (1, 10)
    """How many times Evenhand's seconds each rival is given (the higher ones up to a cap)."""

    @property
    def name(self) -> str:
        """Name for the tables."""
        grades = ", grades" if self.with_grades else ""
        return f"{self.size} {self.kind}{grades}"

    def make(self) -> Instance:
        """Make the instance."""
        n_units, n_territories, n_candidates = SIZES[self.size]
        return make_instance(
            self.kind,
            n_units=n_units,
            n_territories=n_territories,
            n_candidates=n_candidates,
            with_grades=self.with_grades,
            seed=self.seed,
        )


KINDS: tuple[Kind, ...] = ("feasible", "heavy", "infeasible", "rep_left", "new_hire")
EVERY_RIVAL = (MIP, CP_SAT, REBALANCER)


def short_cases() -> Iterator[Case]:
    """Few minutes: every kind at the small size, and the bar of speed at 10k × 50."""
    yield Case("1k", rivals=EVERY_RIVAL)
    yield Case("1k", with_grades=True, rivals=EVERY_RIVAL, multiples=(1,))
    for kind in KINDS[1:]:
        yield Case("1k", kind, multiples=(1,))
    yield Case("10k", linear=(LP,), rivals=(REBALANCER,), multiples=(1,))


def full_cases() -> Iterator[Case]:
    """Everything: ten seeds for quality at the small sizes, every kind, with grades and without, up to 1M × 1,000."""
    for seed in range(10):
        linear = (LP, LP_IPM) if seed == 0 else (LP,)
        yield Case("10k", seed=seed, linear=linear, rivals=EVERY_RIVAL, multiples=(1, 10) if seed < 3 else (1,))
    for seed in range(10):
        rivals = (*EVERY_RIVAL, REBALANCER_ADVISED) if seed == 0 else EVERY_RIVAL
        yield Case("1k", seed=seed, rivals=rivals, multiples=(1, 10) if seed < 3 else (1,))
    for size in ("1k", "10k"):
        yield Case(size, with_grades=True, rivals=EVERY_RIVAL)
        for kind in KINDS[1:]:
            yield Case(size, kind, rivals=EVERY_RIVAL, multiples=(1,) if size == "10k" else (1, 10))
    yield Case("100k", linear=(LP, LP_IPM), rivals=EVERY_RIVAL)
    for seed in (1, 2):
        yield Case("100k", seed=seed, linear=(LP,))
    yield Case("100k", with_grades=True)
    for kind in KINDS[1:]:
        yield Case("100k", kind)
    yield Case("1M")


SCALING_SHORT = (10_000, 20_000, 40_000)
SCALING_FULL = (10_000, 30_000, 100_000, 300_000, 1_000_000)
UNITS_PER_TERRITORY = 1_000
SCALING_CANDIDATES = 8


def scaling_instance(n_units: int) -> Instance:
    """Make an instance of the series: a thousand units a territory and 8 candidates at every size, so n alone grows."""
    n_territories = max(2, n_units // UNITS_PER_TERRITORY)
    return make_instance(n_units=n_units, n_territories=n_territories, n_candidates=SCALING_CANDIDATES, seed=0)
