from __future__ import annotations

from typing import TYPE_CHECKING

import fastexcel
import polars as pl
import pytest

from evenhand.adapters.files.rejects import write_rejects
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

REJECTS = {
    "accounts": pl.DataFrame(
        {"file": ["a.csv"], "row": [2], "code": ["BK301"], "reason": ["x"], "account_id": ["A1"], "name": ["=1+1"]}
    ),
    "quotas": pl.DataFrame(
        {"file": ["q.csv"], "row": [3], "code": ["BK404"], "reason": ["y"], "territory_id": ["T9"], "table": ["z"]}
    ),
}


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_all_tables_in_one_file(tmp_path: Path, ending: str) -> None:
    to = tmp_path / "new" / f"rejects{ending}"
    assert write_rejects(REJECTS, to) == 2
    read = pl.read_csv(to) if ending == ".csv" else pl.read_parquet(to)
    assert read["table"].to_list() == ["accounts", "quotas"]
    assert read.columns[:5] == ["table", "file", "row", "code", "reason"]
    assert read["table (source)"].to_list() == [None, "z"]
    assert [entry.name for entry in to.parent.iterdir()] == [to.name]


def test_a_sheet_for_each_table(tmp_path: Path) -> None:
    to = tmp_path / "rejects.xlsx"
    write_rejects(REJECTS, to)
    workbook = fastexcel.read_excel(str(to))
    assert workbook.sheet_names == ["accounts", "quotas"]
    assert workbook.load_sheet("accounts").to_polars()["name"].to_list() == ["=1+1"]


def test_nothing_rejected_is_a_header_alone(tmp_path: Path) -> None:
    write_rejects({}, tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text() == "table,file,row,code,reason\n"


def test_an_ending_that_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must end in"):
        write_rejects(REJECTS, tmp_path / "r.txt")
