"""Whether the intervals of territory and rep effects hold the truth as often as they say.

    OPENBLAS_NUM_THREADS=1 python benchmarks/bench_effects.py

For each story draws teams with known effects (territories × 8 quarters, reps who leave or swap), fits, and prints the
share of 95 % intervals that hold the truth (and how far that share varies from one block of 20 seeds to the next), the
share of large effects (over two standard deviations) with the right sign, and the share of territories that are called
inseparable rightly (one rep, who covered nothing else).

The prior of the model was chosen on seeds 0 to 19 and 300 to 339. It is judged on seeds that played no part in that:
1000 and up, the default.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time

import numpy as np
import polars as pl

from evenhand.diagnose.effects.crossed import fit_crossed
from evenhand.diagnose.effects.mobility import connect

JUDGED_FROM = 1000
BLOCK = 20
STORIES = {
    # name: (territories, share of seats that change rep in a quarter, sizes of territory, rep and chance)
    "12 territories": (12, 0.08, (0.15, 0.10, 0.20)),
    "40 territories": (40, 0.08, (0.15, 0.10, 0.20)),
    "40 territories, much turnover": (40, 0.2, (0.15, 0.10, 0.20)),
    "40 territories, reps differ more": (40, 0.08, (0.10, 0.15, 0.15)),
    "40 territories, little chance": (40, 0.08, (0.14, 0.12, 0.09)),
    "200 territories": (200, 0.08, (0.15, 0.10, 0.20)),
}
QUARTERS = 8


def draw(seed: int, n_territories: int, turnover: float, sizes: tuple[float, float, float]) -> tuple[np.ndarray, ...]:
    """Draw one team: values, periods, territory, rep, and the true effects of both."""
    rng = np.random.default_rng(seed)
    current = list(range(n_territories))
    n_reps = n_territories
    rows = []
    for quarter in range(QUARTERS):
        for territory in range(n_territories):
            if quarter and rng.random() < turnover:
                if rng.random() < 0.5:
                    current[territory], n_reps = n_reps, n_reps + 1
                else:
                    other = int(rng.integers(n_territories))
                    current[territory], current[other] = current[other], current[territory]
            rows.append((territory, current[territory], quarter))
    territory, rep, quarter = np.array(rows).T
    _, rep = np.unique(rep, return_inverse=True)
    first = rng.normal(0, sizes[0], n_territories)
    second = rng.normal(0, sizes[1], int(rep.max()) + 1)
    values = 1 + first[territory] + second[rep] + rng.normal(0, sizes[2], len(rows))
    return values, np.eye(QUARTERS)[quarter], territory, rep, first, second


def call(territory: np.ndarray, rep: np.ndarray, quarter: np.ndarray) -> tuple[set[int], set[int]]:
    """Return the territories that are called inseparable, and those that are: by counting, one pair at a time."""
    stints = pl.DataFrame(
        {
            "territory_id": [f"T{i:04}" for i in territory],
            "rep_id": [f"R{i:05}" for i in rep],
            "period_start": [dt.date(2024 + i // 4, 1 + 3 * (i % 4), 1) for i in quarter],
        }
    )
    called = {int(seat[1:]) for seat in connect(stints, {}).inseparable}
    pairs = set(zip(territory.tolist(), rep.tolist(), strict=True))
    truth = {t for t, r in pairs if not any((t == t2) != (r == r2) for t2, r2 in pairs)}
    return called, truth


def judge(story: tuple[int, float, tuple[float, float, float]], seeds: range) -> dict[str, object]:
    """Fit one story's teams."""
    n_territories, turnover, sizes = story
    inside: dict[str, list[float]] = {"territory": [], "rep": []}
    signs: dict[str, list[bool]] = {"territory": [], "rep": []}
    n_rightly_called = 0
    start = time.perf_counter()
    for seed in seeds:
        values, fixed, territory, rep, first, second = draw(seed, n_territories, turnover, sizes)
        model = fit_crossed(values - values.mean(), fixed, territory, rep)
        called, truth = call(territory, rep, fixed.argmax(axis=1))
        n_rightly_called += called == truth
        for which, posterior, effects, size in (
            ("territory", model.first, first, sizes[0]),
            ("rep", model.second, second, sizes[1]),
        ):
            low, high = posterior.interval(0.95)
            inside[which].append(float(np.mean((low <= effects) & (effects <= high))))
            large = np.abs(effects) > 2 * size
            signs[which].extend((np.sign(posterior.mean[large]) == np.sign(effects[large])).tolist())
    blocks = {
        which: [np.mean(hits[at : at + BLOCK]) for at in range(0, len(hits), BLOCK)] for which, hits in inside.items()
    }
    return {
        "seeds": f"{seeds.start}-{seeds.stop - 1}",
        "seconds_a_seed": round((time.perf_counter() - start) / len(seeds), 2),
        **{f"{which}_coverage": round(float(np.mean(hits)), 3) for which, hits in inside.items()},
        **{f"{which}_blocks": f"{min(shares):.3f}-{max(shares):.3f}" for which, shares in blocks.items()},
        **{f"{which}_sign_right": round(float(np.mean(hits)), 3) for which, hits in signs.items()},
        "inseparable_called_right": round(n_rightly_called / len(seeds), 3),
    }


def main() -> None:
    """Run every story."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-seed", type=int, default=JUDGED_FROM)
    parser.add_argument("--seeds", type=int, default=100)
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    for name, story in STORIES.items():
        print(json.dumps({"story": name, **judge(story, seeds)}), flush=True)


if __name__ == "__main__":
    main()
