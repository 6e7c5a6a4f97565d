"""How long admitting takes, and how much memory: by default a million accounts and five million opportunities.

    python benchmarks/bench_admit.py make DIR [--accounts N]     write a CSV export (a few bad rows)
    /usr/bin/time -v python benchmarks/bench_admit.py admit DIR  admit it; says the time of each step

The generator is plain: ids, dates and amounts drawn evenly. The made firm of `evenhand sample` is the realistic one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from evenhand.adapters.files.books import read_book, write_book
from evenhand.adapters.files.rejects import write_rejects
from evenhand.adapters.files.sources import read_source
from evenhand.book.admit import admit_tables

FIRST_DAY = dt.date(2024, 1, 1)
VERTICALS = ("Healthcare", "Retail", "Finance", "Software", "Logistics")
STAGES = ("Discovery", "Qualification", "Proposal", "Closed won", "Closed lost")


def _ids(letter: str, numbers: np.ndarray) -> pl.Series:
    return pl.select(pl.format("{}{}", pl.lit(letter), pl.Series(numbers).cast(pl.String).str.zfill(8))).to_series()


def make(folder: Path, n_accounts: int, seed: int = 1) -> None:
    """Write an export with five opportunities an account and a territory per thousand accounts."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    n_territories, n_opportunities = max(2, n_accounts // 1000), 5 * n_accounts
    territory = rng.integers(0, n_territories, n_accounts)
    accounts = pl.DataFrame(
        {
            "account_id": _ids("A", np.arange(n_accounts)),
            "territory_id": _ids("T", territory),
            "name": pl.select(pl.format("Customer {} Ltd", pl.Series(np.arange(n_accounts)))).to_series(),
            "vertical": pl.Series(VERTICALS).gather(rng.integers(0, len(VERTICALS), n_accounts)),
            "postal_code": pl.Series(rng.integers(10000, 99999, n_accounts)),
            "latitude": rng.uniform(25, 49, n_accounts).round(5),
            "longitude": rng.uniform(-124, -67, n_accounts).round(5),
            "employees": rng.integers(1, 20_000, n_accounts),
            "annual_revenue": rng.lognormal(14, 1.5, n_accounts).round(2),
            "fits_icp": rng.random(n_accounts) < 0.4,
            "created_on": _dates(rng, n_accounts),
        }
    )
    _write(accounts.sample(fraction=1.0, shuffle=True, seed=seed), folder / "accounts.csv")
    _write(
        pl.DataFrame({"territory_id": _ids("T", np.arange(n_territories))}).with_columns(name=pl.lit("Somewhere")),
        folder / "territories.csv",
    )
    stage = rng.integers(0, len(STAGES), n_opportunities)
    created = _dates(rng, n_opportunities)
    opportunities = pl.DataFrame(
        {
            "opportunity_id": _ids("O", np.arange(n_opportunities)),
            # One in ten thousand has an account that is not there.
            "account_id": _ids("A", rng.integers(0, n_accounts + n_accounts // 10_000, n_opportunities)),
            "rep_id": _ids("R", rng.integers(0, n_territories, n_opportunities)),
            "type": pl.Series(["new", "renewal", "expansion"]).gather(rng.integers(0, 3, n_opportunities)),
            "stage": pl.Series(STAGES).gather(stage),
            "stage_number": stage + 1,
            "amount": rng.lognormal(10, 1, n_opportunities).round(2),
            "created_on": created,
            "closed_on": created.dt.offset_by("90d"),
            "is_closed": stage >= 3,
            "is_won": stage == 3,
        }
    )
    _write(opportunities.sample(fraction=1.0, shuffle=True, seed=seed), folder / "opportunities.csv")


def _dates(rng: np.random.Generator, n: int) -> pl.Series:
    first = (FIRST_DAY - dt.date(1970, 1, 1)).days
    return pl.Series(first + rng.integers(0, 700, n), dtype=pl.Int32).cast(pl.Date)


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_csv(path)
    print(f"{path.name}: {frame.height:,} rows, {path.stat().st_size / 1e6:,.0f} MB")


def admit(folder: Path) -> None:
    """Admit the export, write the book, read it back, and print the time of each step."""
    begun = time.perf_counter()

    def said(what: str, _share: float) -> None:
        wall, cpu = time.perf_counter() - begun, time.process_time()
        print(f"{wall:7.2f} s  {cpu:7.2f} s of processors  {what}", file=sys.stderr)

    source = read_source(folder, on_progress=said)
    said("source read", 1.0)
    admission = admit_tables(source.tables, findings=source.findings, rejects=source.rejects, on_progress=said)
    said("admitted", 1.0)
    to = folder.with_name(f"{folder.name}.book")
    shutil.rmtree(to, ignore_errors=True)
    if admission.book is not None:
        write_book(admission.book, to, sources=source.files, findings=admission.findings)
        said("book written", 1.0)
    write_rejects(admission.rejects, folder.with_name(f"{folder.name}.rejects.csv"))
    said("rejects written", 1.0)
    print(admission.book, f"{admission.n_rejected:,} rows rejected, {len(admission.findings)} findings", sep="\n")
    print(f"{time.perf_counter() - begun:.1f} s in all")
    if admission.book is not None:
        before = time.perf_counter()
        read_book(to)
        print(f"{time.perf_counter() - before:.1f} s to read the book back and verify it")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "admit"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    said = parser.parse_args()
    if said.what == "make":
        make(said.folder, said.accounts)
    else:
        admit(said.folder)
