"""The source folder that a book is made of: the tables a mapping reads, made of the records that a connection keeps."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from evenhand.adapters.sources.form import Vendor
    from evenhand.adapters.sources.kept import KeptConnection


def read_tables(kept: KeptConnection) -> dict[str, pl.LazyFrame]:
    """Return the records kept, by object; objects without a record are there too."""
    folder = kept.tables_folder
    return {name: pl.scan_parquet(folder / f"{name}.parquet", glob=False) for name in sorted(kept.state().objects)}


def write_source_folder(vendor: Vendor, kept: KeptConnection) -> tuple[Path, Mapping[str, pl.LazyFrame]]:
    """Make the source folder of the last finished sync, whole or not at all; return it with its tables.

    One that is there already is left as it is.
    """
    to = kept.folder / f"source-{kept.state().number:06d}"
    if not to.is_dir():
        partial = kept.folder / f".source-{os.getpid()}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, table in vendor.shape(read_tables(kept)).items():
            table.collect().write_parquet(partial / f"{name}.parquet", compression="zstd", compression_level=1)
        for older in kept.folder.glob("source-*"):
            shutil.rmtree(older, ignore_errors=True)
        partial.rename(to)
    shaped = {path.stem: pl.scan_parquet(path, glob=False) for path in sorted(to.glob("*.parquet"))}
    return to, shaped
