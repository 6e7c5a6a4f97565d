"""How often the win-rate trigger fires when it should and when it should not.

    python benchmarks/bench_win_rates.py --runs 100

Draws teams with a given difference between territories, reps of their own skill and tenure, and prints for each
story the share of runs in which the trigger fired, with its binomial standard error. Set OPENBLAS_NUM_THREADS=1 on
a busy machine.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
from scipy.special import expit, logit

from evenhand.diagnose.triggers.win_rate import has_diverged
from evenhand.diagnose.win_rates.crossed_logit import Counts
from evenhand.diagnose.win_rates.win_rates import judge_counts

BASE_RATE, TENURE_SLOPE = 0.25, 0.25
STORIES = {
    # name: (territories, reps a territory, standard deviation of reps in log-odds, share of territories 15 points up)
    "no difference, two reps each": (20, 2, 0.2, 0.0),
    "no difference, three reps each, no skill": (20, 3, 0.0, 0.0),
    "no difference, one rep each, no skill": (20, 1, 0.0, 0.0),
    "no difference, two territories": (2, 2, 0.0, 0.0),
    "half are 15 points up, two reps each": (20, 2, 0.2, 0.5),
    "a tenth are 15 points up, two reps each": (20, 2, 0.2, 0.1),
    "half are 15 points up, one rep each": (20, 1, 0.0, 0.5),
    "one of two is 15 points up": (2, 2, 0.0, 0.5),
}
DEALS = 200
POINTS = 0.15


def draw(story: tuple[int, int, float, float], rng: np.random.Generator) -> Counts:
    """Draw a team's deals: 200 a territory, shared among its reps."""
    n_territories, n_reps, skill, share_up = story
    territory = np.repeat(np.arange(n_territories), n_reps)
    rep = np.arange(len(territory))
    up = np.arange(n_territories) < round(share_up * n_territories)
    effect = np.where(up, logit(BASE_RATE + POINTS) - logit(BASE_RATE), 0.0)
    tenure = np.log1p(rng.gamma(2, 1.5, len(rep)))
    trials = np.full(len(rep), DEALS // n_reps, dtype=np.float64)
    log_odds = logit(BASE_RATE) + effect[territory] + rng.normal(0, skill, len(rep)) + TENURE_SLOPE * (tenure - 1.2)
    wins = rng.binomial(trials.astype(np.int64), expit(log_odds)).astype(np.float64)
    fixed = np.column_stack([np.ones(len(rep)), tenure - tenure.mean()])
    return Counts(wins, trials, fixed, territory, rep)


def main() -> None:
    """Run every story."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for name, story in STORIES.items():
        rng = np.random.default_rng(arguments.seed)
        start = time.perf_counter()
        fired = [
            has_diverged(judge_counts(draw(story, rng), confidence=0.95), threshold=POINTS, false_alarm_share=0.05)
            for _ in range(arguments.runs)
        ]
        share = float(np.mean(fired))
        error = (share * (1 - share) / arguments.runs) ** 0.5
        print(
            json.dumps(
                {
                    "story": name,
                    "runs": arguments.runs,
                    "fired_share": round(share, 3),
                    "standard_error": round(error, 3),
                    "seconds_a_run": round((time.perf_counter() - start) / arguments.runs, 3),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
