from __future__ import annotations

import polars as pl
import pytest

from evenhand.adapters.files.csv_tables import ReadTable, read_csv


def codes(read: ReadTable) -> list[str]:
    return [finding.code for finding in read.findings]


def rows_of(read: ReadTable) -> list[tuple[object, ...]]:
    assert read.table is not None
    return read.table.frame.rows()


def numbers_of(read: ReadTable) -> list[int]:
    assert read.table is not None
    return read.table.row_numbers.to_list()


def test_a_plain_file_is_read_as_text_with_rows_from_two() -> None:
    read = read_csv(b"id,n\nA,1\nB,\n", "x.csv")
    assert rows_of(read) == [("A", "1"), ("B", None)]
    assert numbers_of(read) == [2, 3]
    assert read.findings == []
    assert read.rejects is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_of_every_system(end: str, last: bool) -> None:
    text = end.join(["id,n", "A,1", "B,2"]) + (end if last else "")
    assert rows_of(read_csv(text.encode(), "x.csv")) == [("A", "1"), ("B", "2")]


def test_quoted_line_breaks_keep_row_numbers_and_tell_lines_apart() -> None:
    read = read_csv(b'id,note\nA,"one\ntwo\nthree"\nB,x\nC\nD,y\n', "x.csv")
    assert rows_of(read) == [("A", "one\ntwo\nthree"), ("B", "x"), ("D", "y")]
    assert numbers_of(read) == [2, 3, 5]
    assert read.table is not None
    assert read.table.lines is not None
    assert read.table.lines.to_list() == [2, 5, 7]
    (ragged,) = read.findings
    assert (ragged.code, ragged.evidence["row"], ragged.evidence["line"]) == ("BK105", 4, 6)


def test_doubled_quotes_and_delimiters_within_quotes() -> None:
    assert rows_of(read_csv(b'id,note\nA,"he said ""no"", twice"\n', "x.csv")) == [("A", 'he said "no", twice')]


def test_rows_with_too_few_or_too_many_fields_are_rejected_with_their_text() -> None:
    read = read_csv(b"id,n,m\nA,1,2\nB,1\nC,1,2,3\nD,3,4\n", "x.csv")
    assert rows_of(read) == [("A", "1", "2"), ("D", "3", "4")]
    assert numbers_of(read) == [2, 5]
    (finding,) = read.findings
    assert finding.code == "BK105"
    assert finding.evidence["rows"] == [3, 4]
    assert read.rejects is not None
    assert read.rejects.select("row", "code", "line").rows() == [(3, "BK105", "B,1"), (4, "BK105", "C,1,2,3")]


def test_empty_lines_count_as_rows_but_are_none() -> None:
    read = read_csv(b"id,n\n\nA,1\n\r\nB,2\n\n\n", "x.csv")
    assert rows_of(read) == [("A", "1"), ("B", "2")]
    assert numbers_of(read) == [3, 5]
    assert read.findings == []


def test_rows_without_any_value_are_left_out_and_counted() -> None:
    read = read_csv(b"id,n\nA,1\n,\n,\n", "x.csv")
    assert rows_of(read) == [("A", "1")]
    assert codes(read) == ["BK114"]
    assert read.findings[0].evidence["n_rows"] == 2


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        (b'B,5" pipe\n', ["A", "C"]),
        (b'B,"5" pipe"\n', ["A", "C"]),
        (b'B,"unclosed\n', ["A", "C"]),
        (b'B"x,"y"\n', ["A", "C"]),
    ],
)
def test_a_line_with_quotes_out_of_order_is_rejected_and_the_rest_read(broken: bytes, kept: list[str]) -> None:
    read = read_csv(b'id,note\nA,"fine"\n' + broken + b'C,"also ""fine"""\n', "x.csv")
    assert [row[0] for row in rows_of(read)] == kept
    assert numbers_of(read) == [2, 4]
    assert codes(read) == ["BK107"]
    assert read.rejects is not None
    assert read.rejects.select("row", "line").rows() == [(3, broken.decode().rstrip())]


def test_an_unclosed_quote_on_the_last_line() -> None:
    read = read_csv(b'id,note\nA,x\nB,"y\n', "x.csv")
    assert rows_of(read) == [("A", "x")]
    assert codes(read) == ["BK107"]


def test_a_file_that_is_all_stray_quotes_is_refused_as_a_whole() -> None:
    read = read_csv(b"id,note\n" + b'A,5" pipe\n' * 1001, "x.csv")
    assert read.table is None
    assert codes(read) == ["BK107"]


def test_nul_characters_reject_the_row() -> None:
    read = read_csv(b"id,n\nA,1\nB,\0\nC,3\n", "x.csv")
    assert [row[0] for row in rows_of(read)] == ["A", "C"]
    assert codes(read) == ["BK106"]


def test_a_row_far_too_long_is_rejected() -> None:
    read = read_csv(b"id,n\nA," + b"x" * 1_000_001 + b"\nB,2\n", "x.csv")
    assert rows_of(read) == [("B", "2")]
    assert codes(read) == ["BK111"]
    assert len(read.findings[0].message) < 400


@pytest.mark.parametrize(("delimiter", "noted"), [(",", []), (";", ["BK110"]), ("\t", ["BK110"]), ("|", ["BK110"])])
def test_the_delimiter_is_told_from_the_header(delimiter: str, noted: list[str]) -> None:
    read = read_csv(f'id{delimiter}"a,;b"\nA{delimiter}1\n'.encode(), "x.csv")
    assert rows_of(read) == [("A", "1")]
    assert codes(read) == noted


def test_a_spreadsheets_own_separator_line() -> None:
    read = read_csv(b"sep=;\nid;n\nA;1\n", "x.csv")
    assert rows_of(read) == [("A", "1")]
    assert numbers_of(read) == [3]


def test_the_mapping_names_the_delimiter() -> None:
    assert rows_of(read_csv(b"a,b;c,d\n1,2;3,4\n", "x.csv", delimiter=";")) == [("1,2", "3,4")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_that_can_be_seen(encoding: str) -> None:
    read = read_csv("id,name\nA,Ýrsa Ł. 株式会社\n".encode(encoding), "x.csv")
    assert rows_of(read) == [("A", "Ýrsa Ł. 株式会社")]
    assert codes(read) == ([] if encoding.startswith("utf-8") else ["BK103"])


def test_windows_1252_is_read_where_the_characters_leave_no_doubt() -> None:
    read = read_csv("id,name\nA,Café Zürich\n".encode("windows-1252"), "x.csv")
    assert rows_of(read) == [("A", "Café Zürich")]
    assert codes(read) == ["BK103"]
    assert 'encoding = "windows-1252"' in read.findings[0].hint


def test_an_encoding_that_can_not_be_told_is_asked_for() -> None:
    content = "id,name\nA,Señor\n".encode("windows-1252")
    read = read_csv(content, "x.csv")
    assert read.table is None
    assert codes(read) == ["BK104"]
    assert read.findings[0].evidence["line"] == 2
    assert rows_of(read_csv(content, "x.csv", encoding="windows-1252")) == [("A", "Señor")]


def test_a_wrong_or_unknown_encoding_of_the_mapping() -> None:
    assert codes(read_csv("id\nå\n".encode("latin-1"), "x.csv", encoding="utf-8")) == ["BK104"]
    assert codes(read_csv(b"id\n1\n", "x.csv", encoding="utf-88")) == ["BK104"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_empty_files(content: bytes) -> None:
    read = read_csv(content, "x.csv")
    assert read.table is None
    assert codes(read) == ["BK102"]


def test_a_header_alone_is_a_table_without_rows() -> None:
    read = read_csv(b"id,n\n", "x.csv")
    assert read.table is not None
    assert read.table.frame.schema == {"id": pl.String, "n": pl.String}
    assert read.table.frame.height == 0


def test_a_name_twice_with_different_values_is_not_read() -> None:
    read = read_csv(b"id,n,n\nA,1,2\n", "x.csv")
    assert read.table is not None
    assert read.table.frame.columns == ["id"]
    assert codes(read) == ["BK108"]


def test_a_name_twice_with_the_same_values_is_read_once() -> None:
    read = read_csv(b"id,n,n\nA,1,1\n", "x.csv")
    assert rows_of(read) == [("A", "1")]
    assert read.findings == []


def test_columns_without_a_name() -> None:
    read = read_csv(b"id,,n,\nA,x,1,\n", "x.csv")
    assert read.table is not None
    assert read.table.frame.columns == ["id", "column_2", "n"]
    assert codes(read) == ["BK109"]


def test_records_across_the_edges_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(f'{i},"a\n""{i}"", b"\n' for i in range(50)).encode()
    whole = read_csv(b"id,note\n" + content, "x.csv")
    for size in (1, 2, 3, 7, 64):
        monkeypatch.setattr("evenhand.adapters.files.csv_records.CHUNK", size)
        pieces = read_csv(b"id,note\n" + content, "x.csv")
        assert rows_of(pieces) == rows_of(whole)
        assert numbers_of(pieces) == list(range(2, 52))
