"""Whatever bytes a CSV file has: it is read or refused with a finding, and no line is lost."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.adapters.files.csv_tables import read_csv

values = st.text(alphabet=st.sampled_from("ab,;\"\n 'é$1"), max_size=6)
tables = st.lists(st.lists(values, min_size=2, max_size=2), max_size=8)
pieces = st.lists(
    st.sampled_from([b"a", b",", b'"', b"\n", b"\r\n", b"\0", b";", b"\xe9", b"\xff", b"\xc3", b"  ", b"x,y"])
)


def written(rows: list[list[str]], quoting: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")
    writer.writerows([["id", "note"], *rows])
    return text.getvalue().encode()


@settings(max_examples=150, deadline=None)
@given(tables, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_well_formed_file_comes_back_value_by_value(rows: list[list[str]], quoting: int) -> None:
    read = read_csv(written(rows, quoting), "x.csv", encoding="utf-8", delimiter=",")
    assert read.table is not None
    expected = [(i, row) for i, row in enumerate(rows, 2) if "".join(row).strip()]
    assert read.table.row_numbers.to_list() == [i for i, _ in expected]
    assert [[value or "" for value in row] for row in read.table.frame.rows()] == [row for _, row in expected]
    assert read.rejects is None


@settings(max_examples=300, deadline=None)
@given(pieces)
def test_any_bytes_are_read_or_refused(parts: list[bytes]) -> None:
    read = read_csv(b"id,note\n" + b"".join(parts), "x.csv")
    if read.table is None:
        assert any(finding.severity == "error" for finding in read.findings)
        return
    n_rejected = 0 if read.rejects is None else read.rejects.height
    assert bool(n_rejected) == any(finding.code in {"BK105", "BK106", "BK107", "BK111"} for finding in read.findings)
    numbers = read.table.row_numbers.to_list()
    assert numbers == sorted(set(numbers))
    if read.rejects is not None:
        assert not set(numbers) & set(read.rejects["row"])
