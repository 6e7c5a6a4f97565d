"""How long making a firm and writing its files takes, and how much memory; each size in a process of its own.

python benchmarks/bench_sample.py [--sizes 5000x40 100000x100 1000000x1000] [--dirty SHARE] [--to DIR]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evenhand.adapters.files.firm import write_firm
from evenhand.app.sample import make_firm

SIZES = ("5000x40", "50000x100", "200000x250", "1000000x1000")
COLUMNS = (
    "accounts",
    "territories",
    "opportunities",
    "activities",
    "make_seconds",
    "write_seconds",
    "peak_gib",
    "csv_mb",
)


def measure(size: str, dirty: float, folder: Path) -> dict[str, float]:
    """Make one firm and write it; return rows, seconds and the peak memory of this process."""
    n_accounts, n_territories = (int(part) for part in size.split("x"))
    start = time.perf_counter()
    firm = make_firm(n_accounts=n_accounts, n_territories=n_territories, dirty=dirty)
    made = time.perf_counter()
    write_firm(firm, folder)
    written = time.perf_counter()
    return {
        "accounts": n_accounts,
        "territories": n_territories,
        "opportunities": firm.tables["opportunities"].height,
        "activities": firm.tables["activities"].height,
        "make_seconds": round(made - start, 2),
        "write_seconds": round(written - made, 2),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "csv_mb": round(sum(path.stat().st_size for path in folder.glob("*.csv")) / 1e6),
    }


def main() -> None:
    """Print a table, one row a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="ACCOUNTSxTERRITORIES")
    parser.add_argument("--dirty", type=float, default=0.0)
    parser.add_argument("--to", type=Path, default=None, help="keep the last firm's files here")
    parser.add_argument("--only", default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only is not None:
        print(json.dumps(measure(options.only, options.dirty, options.to)))
        return
    print("".join(f"{name:>15}" for name in COLUMNS))
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.sizes:
            target = options.to or Path(scratch) / "firm"
            arguments = [sys.executable, __file__, "--only", size, "--dirty", str(options.dirty), "--to", str(target)]
            found = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
            print("".join(f"{found[name]:>15,}" for name in COLUMNS), flush=True)


if __name__ == "__main__":
    main()
