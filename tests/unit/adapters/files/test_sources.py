from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest
import xlsxwriter

from evenhand.adapters.files.sources import Source, read_source
from evenhand.book.admit import admit_tables
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS = (
    "account_id,territory_id,created_on,annual_revenue,anchor\nA1,T1,2026-01-31,1000.5,true\nA2,T1,2026-02-28,,false\n"
)
TERRITORIES = "territory_id,name\nT1,North\n"


def write_csv(folder: Path) -> Path:
    (folder / "accounts.csv").write_text(ACCOUNTS)
    (folder / "territories.csv").write_text(TERRITORIES)
    return folder


def typed_accounts() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account_id": ["A1", "A2"],
            "territory_id": ["T1", "T1"],
            "created_on": [dt.date(2026, 1, 31), dt.date(2026, 2, 28)],
            "annual_revenue": [1000.5, None],
            "anchor": [True, False],
        }
    )


def write_parquet(folder: Path) -> Path:
    typed_accounts().write_parquet(folder / "accounts.parquet")
    pl.DataFrame({"territory_id": ["T1"], "name": ["North"]}).write_parquet(folder / "territories.parquet")
    return folder


def write_workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as workbook:
        typed_accounts().write_excel(workbook, worksheet="accounts")
        pl.DataFrame({"territory_id": ["T1"], "name": ["North"]}).write_excel(workbook, worksheet="territories")
        workbook.add_worksheet("Sheet3")
    return path


def hash_of(source: Source) -> str:
    book = admit_tables(source.tables, currency="USD").book
    assert book is not None
    return book.content_hash


def test_csv_parquet_and_a_workbook_make_the_same_book(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("csv", "parquet")]
    for folder in folders:
        folder.mkdir()
    sources = [
        read_source(write_csv(folders[0])),
        read_source(write_parquet(folders[1])),
        read_source(write_workbook(tmp_path / "firm.xlsx")),
    ]
    assert len({hash_of(source) for source in sources}) == 1
    assert [finding.code for finding in sources[2].findings] == ["BK113"]


def test_a_workbook_for_each_table_beside_csv(tmp_path: Path) -> None:
    typed_accounts().write_excel(tmp_path / "accounts.xlsx", worksheet="Export 1")
    (tmp_path / "territories.csv").write_text(TERRITORIES)
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "~$accounts.xlsx").write_text("a lock of the spreadsheet program")
    source = read_source(tmp_path)
    assert set(source.tables) == {"accounts", "territories"}
    assert [file.name for file in source.files] == ["accounts.xlsx", "territories.csv"]
    assert all(len(file.sha256) == 64 for file in source.files)


def test_rows_of_a_sheet_are_those_the_user_sees(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "accounts.xlsx")) as workbook:
        sheet = workbook.add_worksheet("accounts")
        sheet.write_row(2, 1, ["account_id", "territory_id"])
        sheet.write_row(4, 1, ["A1", "T1"])
        sheet.write_row(6, 1, [17, "T1"])
        sheet.write_row(8, 1, [" ", ""])
    (tmp_path / "territories.csv").write_text(TERRITORIES)
    source = read_source(tmp_path)
    table = source.tables["accounts"]
    assert table.frame.rows() == [("A1", "T1"), ("17", "T1")]
    assert table.row_numbers.to_list() == [5, 7]


def test_a_single_file(tmp_path: Path) -> None:
    write_csv(tmp_path)
    assert set(read_source(tmp_path / "accounts.csv").tables) == {"accounts"}


def test_two_files_of_one_table_are_neither_read(tmp_path: Path) -> None:
    write_csv(tmp_path)
    typed_accounts().write_parquet(tmp_path / "accounts.parquet")
    source = read_source(tmp_path)
    assert set(source.tables) == {"territories"}
    (finding,) = source.findings
    assert finding.code == "BK116"
    assert finding.evidence["files"] == ["accounts.csv", "accounts.parquet"]


@pytest.mark.parametrize("name", ["accounts.parquet", "accounts.xlsx"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path)
    (tmp_path / "accounts.csv").unlink()
    (tmp_path / name).write_bytes(b"PK\x03\x04 cut off")
    source = read_source(tmp_path)
    assert [finding.code for finding in source.findings] == ["BK101"]
    assert set(source.tables) == {"territories"}


def test_columns_of_lists_are_left_out_and_named(tmp_path: Path) -> None:
    typed_accounts().with_columns(tags=pl.Series([["a"], ["b"]])).write_parquet(tmp_path / "accounts.parquet")
    source = read_source(tmp_path)
    assert "tags" not in source.tables["accounts"].frame.columns
    assert [finding.code for finding in source.findings] == ["BK115"]


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    write_csv(tmp_path)
    (tmp_path / "quotas.csv").touch()
    assert [finding.code for finding in read_source(tmp_path).findings] == ["BK102"]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file"):
        read_source(tmp_path)
    with pytest.raises(InputError, match="is not there"):
        read_source(tmp_path / "none")
    (tmp_path / "x.pdf").touch()
    with pytest.raises(InputError, match="is none of"):
        read_source(tmp_path / "x.pdf")


def test_names_with_brackets_are_no_patterns(tmp_path: Path) -> None:
    typed_accounts().write_parquet(tmp_path / "accounts [1].parquet")
    assert set(read_source(tmp_path).tables) == {"accounts [1]"}


def test_progress_only_ever_grows(tmp_path: Path) -> None:
    shares: list[float] = []
    read_source(write_csv(tmp_path), on_progress=lambda _what, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
