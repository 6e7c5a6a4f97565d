"""Large files: their heads are cut after a whole row; a workbook that unpacks to too much isn't opened."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from evenhand.adapters.files import heads, workbooks
from evenhand.adapters.files.heads import cut_rows, find_head
from evenhand.adapters.files.sources import read_source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "windows-1252"])
def test_a_head_ends_with_a_whole_row_wherever_it_is_cut(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    rows = ["id,note", '1,"two\nlines"', "2,Ünser", '3,"a ""quoted"" one"', "4,plain"]
    whole = mark + ("\n".join(rows) + "\n").encode(encoding)
    ends = {len(mark) + len(("\n".join(rows[:n]) + "\n").encode(encoding)) for n in range(1, len(rows) + 1)}
    for length in range(min(ends), len(whole) + 1):
        assert len(cut_rows(whole[:length])) in ends, length


def test_small_files_are_read_as_they_are_and_the_heads_of_large_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "accounts.csv").write_text("account_id\n" + "".join(f"A{i:05}\n" for i in range(2000)), "utf-8")
    (source / "territories.csv").write_text("territory_id\nT1\n", "utf-8")
    pl.DataFrame({"rep_id": [f"R{i}" for i in range(10)]}).write_parquet(source / "reps.parquet")
    assert find_head(source, tmp_path / "heads") == (source, ())
    monkeypatch.setattr(heads, "MOST_BYTES", 6000)
    where, cut = find_head(source, tmp_path / "heads")
    assert cut == ("accounts.csv",)
    tables = read_source(where).tables
    assert 100 < tables["accounts"].frame.height < 2000
    assert tables["reps"].frame.height == 10
    assert find_head(source, tmp_path / "heads") == (where, cut)


def test_a_workbook_that_unpacks_to_too_much_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_UNPACKED_BYTES", 100_000)
    path = tmp_path / "accounts.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000)
    (finding,) = read_source(path).findings
    assert finding.code == "BK101"
    assert "when unpacked" in finding.message
    # The size that it states is a lie.
    raw = path.read_bytes().replace((200_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(raw)
    (finding,) = read_source(path).findings
    assert finding.code == "BK101"
