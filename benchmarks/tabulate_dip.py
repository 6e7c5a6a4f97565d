"""Draw the table of the dip test: the dips of samples from the uniform distribution.

python benchmarks/tabulate_dip.py --draws 20000 > src/evenhand/diagnose/shape/dip_table.py
"""

from __future__ import annotations

import argparse

import numpy as np

SIZES = (5, 7, 10, 15, 20, 30, 50, 100, 200, 500)
SHARES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


def main() -> None:
    """Print the module."""
    from evenhand.diagnose.shape.dip import measure_dip  # noqa: PLC0415 - the module to be printed must exist first

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    print('"""Quantiles of √n × dip of n values of the uniform distribution, drawn by `benchmarks/tabulate_dip.py`."""')
    print(f"\nSIZES = {SIZES}")
    print(f"\nCHANCES = {tuple(round(1 - share, 3) for share in SHARES)}")
    print('"""How often the dip is larger."""')
    print("\nQUANTILES = (")
    for n in SIZES:
        dips = [measure_dip(rng.random(n)) * np.sqrt(n) for _ in range(arguments.draws)]
        print(f"    {tuple(round(float(q), 5) for q in np.quantile(dips, SHARES))},  # n = {n}", flush=True)
    print(")")


if __name__ == "__main__":
    main()
