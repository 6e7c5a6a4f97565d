"""The folder of a made firm: a CSV file a table, and the truth beside them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.files.folders import write_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from evenhand.app.sample import Firm

    Step = Callable[[str, float], None]
    Write = Callable[[Path], None]

REQUEST = "truth/request.json"
"""Its presence shows that a folder is a made firm."""


def write_firm(firm: Firm, directory: Path, on_progress: Step | None = None) -> None:
    """Write a made firm as the export of a source, whole or not at all.

    Parameters
    ----------
    firm
        What `evenhand.app.sample.make_firm` made.
    directory
        The folder to make. An empty one, or one that holds a made firm, is replaced: it can be made again.
    on_progress
        Told what is being written and the share of it that is done.

    Raises
    ------
    Refusal
        AP101 where the folder holds anything else.
    SourceError
        Where the disk says no.
    """
    total = sum(table.height for table in firm.tables.values()) or 1
    done = 0
    writers: dict[str, Write] = {}
    for name, table in firm.tables.items():
        writers[f"{name}.csv"] = _reporting(
            _csv(table, firm.encodings.get(name)), on_progress, f"writing {name}.csv", 0.95 * done / total
        )
        done += table.height
    for name, fact in firm.truth.items():
        for file, write in _fact_files(name, fact):
            writers[f"truth/{file}"] = _reporting(write, on_progress, "writing the truth", 0.95)
    writers[REQUEST] = _json(asdict(firm.request))
    writers["README.md"] = _text(_readme(firm))
    write_folder(directory, writers, marker=REQUEST, replace=True)
    if on_progress is not None:
        on_progress("done", 1.0)


def _reporting(write: Write, on_progress: Step | None, what: str, share: float) -> Write:
    def write_and_say(path: Path) -> None:
        if on_progress is not None:
            on_progress(what, share)
        write(path)

    return write_and_say


def _fact_files(name: str, fact: pl.DataFrame | dict[str, Any]) -> Iterator[tuple[str, Write]]:
    """Yield a CSV file for a table and a JSON file for values; a table among the values gets a file of its own."""
    if isinstance(fact, pl.DataFrame):
        yield f"{name}.csv", _csv(fact)
        return
    plain: dict[str, Any] = {}
    for key, value in fact.items():
        plain[key] = value
        if isinstance(value, pl.DataFrame):
            plain[key] = f"{name}_{key}.csv"
            yield plain[key], _csv(value)
    yield f"{name}.json", _json(plain)


def _csv(table: pl.DataFrame, encoding: str | None = None) -> Write:
    def write(path: Path) -> None:
        if encoding is None:
            table.write_csv(path)
        else:
            path.write_text(table.write_csv(), encoding=encoding, newline="\n")

    return write


def _json(values: dict[str, Any]) -> Write:
    return _text(json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n")


def _text(text: str) -> Write:
    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8", newline="\n")

    return write


def _readme(firm: Firm) -> str:
    request = firm.request
    rows = "\n".join(f"- `{name}.csv`: {table.height:,} rows" for name, table in firm.tables.items())
    truth = "\n".join(f"- `{name}`" for name in sorted(firm.truth))
    dirt = f", {request.dirty:.3%} of the rows spoilt" if request.dirty else ""
    return f"""# A made firm

Nobody in here exists: companies, people and figures are made up by `evenhand sample`; only the cities are real.

{request.n_accounts:,} accounts in {request.n_territories:,} territories on {request.as_of}, story "{request.story}", \
seed {request.seed}{dirt}.

{rows}

Admit it with `evenhand admit FOLDER --to BOOK --as-of {request.as_of}`.

What the figures were made from is in `truth/`, so that what is found can be compared with it:

{truth}
"""
