from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from evenhand.adapters.files.books import MANIFEST, read_book, write_book
from evenhand.book.admit import admit_tables
from evenhand.book.raw import RawTable
from evenhand.book.tables import TABLES
from evenhand.foundation.errors import InputError, Refusal

if TYPE_CHECKING:
    from evenhand.book.book import Book


def make_book(n_accounts: int = 3) -> Book:
    accounts = pl.DataFrame(
        {
            "account_id": [f"A{i}" for i in range(n_accounts)],
            "territory_id": ["T1"] * n_accounts,
            "name": [None, "Zoë", *["x"] * (n_accounts - 2)],
            "annual_revenue": [f"{i}.5" for i in range(n_accounts)],
            "colour": ["red"] * n_accounts,
        }
    )
    territories = pl.DataFrame({"territory_id": ["T1"]})
    raw = {"accounts": RawTable(accounts, "accounts.csv"), "territories": RawTable(territories, "territories.csv")}
    book = admit_tables(raw, as_of=dt.date(2026, 6, 30), currency="EUR").book
    assert book is not None
    return book


def test_a_book_comes_back_as_it_was(tmp_path: Path) -> None:
    book = make_book()
    again = read_book(write_book(book, tmp_path / "books" / "b"))
    assert (again.as_of, again.currency, again.given, again.content_hash) == (
        book.as_of,
        book.currency,
        book.given,
        book.content_hash,
    )
    for name in TABLES:
        assert again.tables[name].equals(book.tables[name])
    assert again.accounts["annual_revenue_cents"].to_list() == [50, 150, 250]
    assert again.accounts["colour"].to_list() == ["red"] * 3


def test_the_same_book_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_book(make_book(), tmp_path / name) for name in "ab")
    for file in sorted(first.iterdir()):
        assert file.read_bytes() == (second / file.name).read_bytes()


def test_writing_the_same_book_again_changes_nothing(tmp_path: Path) -> None:
    to = write_book(make_book(), tmp_path / "b")
    before = {file.name: file.stat().st_mtime_ns for file in to.iterdir()}
    write_book(make_book(), to)
    assert {file.name: file.stat().st_mtime_ns for file in to.iterdir()} == before


@pytest.mark.parametrize("what", ["another book", "something that is not a book"])
def test_nothing_is_ever_overwritten(tmp_path: Path, what: str) -> None:
    to = tmp_path / "b"
    if what == "another book":
        write_book(make_book(4), to)
    else:
        to.mkdir()
        (to / "precious.txt").touch()
    before = sorted(file.name for file in to.iterdir())
    with pytest.raises(Refusal, match=what) as refusal:
        write_book(make_book(), to)
    assert refusal.value.code == "BK701"
    assert sorted(file.name for file in to.iterdir()) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["b"]


def test_a_file_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("precious")
    with pytest.raises((Refusal, NotADirectoryError)):
        write_book(make_book(), tmp_path / "b")
    assert (tmp_path / "b").read_text() == "precious"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert read_book(write_book(make_book(), tmp_path / "b")).accounts.height == 3


@pytest.mark.parametrize("change", ["flip", "cut", "remove", "swap"])
def test_a_changed_table_is_named(tmp_path: Path, change: str) -> None:
    to = write_book(make_book(), tmp_path / "b")
    path = to / "accounts.parquet"
    content = bytearray(path.read_bytes())
    if change == "flip":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif change == "cut":
        path.write_bytes(content[:-10])
    elif change == "remove":
        path.unlink()
    else:
        read_book(to).accounts.with_columns(name=pl.lit("y")).write_parquet(path)
    with pytest.raises(InputError) as error:
        read_book(to)
    assert list(error.value.problems) == [str(path)]


@pytest.mark.parametrize(
    ("key", "value"), [("as_of", "2026-07-01"), ("currency", "USD"), ("given", {}), ("content_hash", "0" * 64)]
)
def test_a_changed_manifest_is_named(tmp_path: Path, key: str, value: object) -> None:
    to = write_book(make_book(), tmp_path / "b")
    manifest = json.loads((to / MANIFEST).read_text())
    (to / MANIFEST).write_text(json.dumps({**manifest, key: value}))
    with pytest.raises(InputError) as error:
        read_book(to)
    assert list(error.value.problems) == [str(to / MANIFEST)]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"form": 1}'])
def test_a_broken_manifest_is_named(tmp_path: Path, text: str) -> None:
    to = write_book(make_book(), tmp_path / "b")
    (to / MANIFEST).write_text(text)
    with pytest.raises(InputError, match=MANIFEST):
        read_book(to)


def test_a_folder_that_is_no_book(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a book"):
        read_book(tmp_path)


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_books import make_book
from evenhand.adapters.files.books import write_book
book = make_book(200_000)
print("ready", flush=True)
write_book(book, Path({to!r}))
print("done", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system with kill -9")
def test_killed_at_any_moment_it_leaves_all_or_nothing_and_runs_again(tmp_path: Path) -> None:
    to = tmp_path / "books" / "b"
    to.parent.mkdir()
    script = WRITER.format(folder=str(Path(__file__).parent), to=str(to))
    n_killed = 0
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1):
        writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ}, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(delay)
        writer.kill()
        writer.communicate()
        n_killed += not to.exists()
        if to.exists():
            assert read_book(to).accounts.height == 200_000
            break
    assert n_killed, "no run was killed before it was done"
    write_book(make_book(200_000), to)
    assert read_book(to).accounts.height == 200_000
    assert [entry.name for entry in to.parent.iterdir()] == ["b"]
