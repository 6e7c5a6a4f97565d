"""Whether the intervals of territory and rep effects hold the truth as often as they say.

    OPENBLAS_NUM_THREADS=1 python benchmarks/bench_effects.py --seeds 20

For each story draws teams with known effects (territories × 8 quarters, reps who leave or swap), fits, and prints the
share of 95 % intervals that hold the truth and the share of large effects (over two standard deviations) with the
right sign.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from evenhand.diagnose.effects.crossed import fit_crossed

STORIES = {
    # name: (territories, share of seats that change rep in a quarter, sizes of territory, rep and chance)
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


def main() -> None:
    """Run every story."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    for name, (n_territories, turnover, sizes) in STORIES.items():
        inside: dict[str, list[bool]] = {"territory": [], "rep": []}
        signs: dict[str, list[bool]] = {"territory": [], "rep": []}
        start = time.perf_counter()
        for seed in range(arguments.seeds):
            values, fixed, territory, rep, first, second = draw(seed, n_territories, turnover, sizes)
            model = fit_crossed(values - values.mean(), fixed, territory, rep)
            for which, posterior, truth, size in (
                ("territory", model.first, first, sizes[0]),
                ("rep", model.second, second, sizes[1]),
            ):
                low, high = posterior.interval(0.95)
                inside[which].extend(((low <= truth) & (truth <= high)).tolist())
                large = np.abs(truth) > 2 * size
                signs[which].extend((np.sign(posterior.mean[large]) == np.sign(truth[large])).tolist())
        print(
            json.dumps(
                {
                    "story": name,
                    "seeds": arguments.seeds,
                    "seconds_a_fit": round((time.perf_counter() - start) / arguments.seeds, 2),
                    **{f"{which}_coverage": round(float(np.mean(hits)), 3) for which, hits in inside.items()},
                    **{f"{which}_sign_right": round(float(np.mean(hits)), 3) for which, hits in signs.items()},
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
