"""Where the records of a CSV file begin and how many fields each has, by counting bytes.

A table reader gives up at the first crooked line, or fills it in. Here every one is found, with its row number, before
the straight ones are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.adapters.files.encodings import Content

CHUNK = 1 << 25
NEWLINE, RETURN, QUOTE, NUL = 10, 13, 34, 0
MOST_BROKEN_QUOTES = 1000
MOST_RECORD_BYTES = 1_000_000


@dataclass(frozen=True)
class Records:
    """The records of a file, in order, the header first.

    Attributes
    ----------
    starts, ends
        (n,) first byte; byte after the last, line end included.
    n_fields
        (n,) fields; 0 for an empty line.
    lines
        (n,) line of the file on which it starts, or None where that is the record's own number.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    n_fields: NDArray[np.int64]
    lines: NDArray[np.int64] | None


def find_records(content: Content, delimiter: int) -> Records:
    """Find the records of a file whose quotes are in order.

    Notes
    -----
    A byte lies within quotes where an odd number of quotes comes before it; a doubled quote counts twice and changes
    nothing.
    """
    buffer = np.frombuffer(content, dtype=np.uint8)
    ends: list[NDArray[np.int64]] = []
    delimiters: list[NDArray[np.int64]] = []
    newlines: list[NDArray[np.int64]] = []
    inside, n_delimiters, n_newlines, quoted = 0, 0, 0, False
    for start in range(0, len(buffer), CHUNK):
        chunk = buffer[start : start + CHUNK]
        structural = (chunk == NEWLINE) | (chunk == delimiter)
        quotes = chunk == QUOTE
        has_quotes = bool(quotes.any())
        at = np.flatnonzero(structural)
        if has_quotes or inside:
            parity = (np.cumsum(quotes, dtype=np.uint8) + np.uint8(inside)) & 1
            within = parity[at].astype(bool)
            inside = int(parity[-1])
            quoted |= bool((within & (chunk[at] == NEWLINE)).any())
        else:
            within = np.zeros(len(at), dtype=bool)
        is_newline = chunk[at] == NEWLINE
        record_end = np.flatnonzero(is_newline & ~within)
        ends.append(at[record_end] + (start + 1))
        delimiters.append(np.cumsum(~is_newline & ~within)[record_end] + n_delimiters)
        newlines.append(np.cumsum(is_newline)[record_end] + n_newlines)
        n_delimiters += int((~is_newline & ~within).sum())
        n_newlines += int(is_newline.sum())
    end, count, passed = (np.concatenate([np.zeros(1, dtype=np.int64), *part]) for part in (ends, delimiters, newlines))
    if len(buffer) and int(end[-1]) != len(buffer):
        end, count = np.append(end, len(buffer)), np.append(count, n_delimiters)
        passed = np.append(passed, n_newlines)
    starts, ends_of = end[:-1], end[1:]
    n_fields = np.diff(count) + 1
    n_fields[_blank(buffer, starts, ends_of)] = 0
    return Records(starts, ends_of, n_fields, passed[:-1] + 1 if quoted else None)


def _blank(buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Lines with nothing but their line end."""
    lengths = ends - starts
    blank: NDArray[np.bool_] = (lengths == 1) & (buffer[starts] == NEWLINE)
    short = np.flatnonzero(lengths == 2)
    blank[short] = (buffer[starts[short]] == RETURN) & (buffer[starts[short] + 1] == NEWLINE)
    return blank


def blank_broken_quotes(content: Content, delimiter: int) -> tuple[Content, list[tuple[int, int]]]:
    """Empty the lines whose quotes are out of order.

    Returns
    -------
    content
        The same bytes with those lines blank, so that row numbers stay.
    cut
        First byte and byte after the last of each line emptied, line end not included. At most a thousand; one more
        means that the file as a whole is not what it should be.
    """
    buffer = np.frombuffer(content, dtype=np.uint8)
    quotes = np.concatenate(
        [np.flatnonzero(buffer[at : at + CHUNK] == QUOTE) + at for at in range(0, len(buffer), CHUNK)]
        or [np.zeros(0, dtype=np.int64)]
    )
    if not len(quotes):
        return content, []
    opens_badly, closes_badly = _neighbours(buffer, quotes, delimiter)
    cut: list[tuple[int, int]] = []
    first = 0
    while first < len(quotes) and len(cut) <= MOST_BROKEN_QUOTES:
        culprit = _first_culprit(opens_badly[first:], closes_badly[first:])
        if culprit is None:
            break
        at = int(quotes[first + culprit])
        start, end = _line_around(content, at)
        before = int(np.searchsorted(quotes, start))
        if (before - first) % 2:
            # The line begins within quotes: what opened them goes too.
            start = _line_around(content, int(quotes[before - 1]))[0]
        cut.append((start, end))
        first = int(np.searchsorted(quotes, end))
    if not cut:
        return content, []
    blanked = bytearray(content)
    for start, end in reversed(cut):
        keep = content_newlines(bytes(blanked[start:end]))
        blanked[start:end] = keep
    return bytes(blanked), cut


def content_newlines(content: bytes) -> bytes:
    """Return only the line ends of some lines."""
    return b"\n" * content.count(b"\n")


def _neighbours(
    buffer: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each quote could not open, and could not close a field, by the bytes beside it."""
    before = buffer[np.maximum(quotes - 1, 0)]
    after = buffer[np.minimum(quotes + 1, len(buffer) - 1)]
    edge = np.array([delimiter, NEWLINE, RETURN, QUOTE], dtype=np.uint8)
    opens_badly = ~np.isin(before, edge) & (quotes > 0)
    closes_badly = ~np.isin(after, edge) & (quotes < len(buffer) - 1)
    return opens_badly, closes_badly


def _first_culprit(opens_badly: NDArray[np.bool_], closes_badly: NDArray[np.bool_]) -> int | None:
    """Return the first quote that opens where none may, or is not closed as it should be."""
    wrong = opens_badly.copy()
    wrong[1::2] = closes_badly[1::2]
    first = int(np.argmax(wrong)) if wrong.any() else None
    if first is None:
        return len(wrong) - 1 if len(wrong) % 2 else None
    return first if first % 2 == 0 else first - 1


def _line_around(content: Content, at: int) -> tuple[int, int]:
    view = memoryview(content)
    start = at
    while start > 0:
        low = max(0, start - 4096)
        found = bytes(view[low:start]).rfind(b"\n")
        if found >= 0:
            start = low + found + 1
            break
        start = low
    end = at
    while end < len(view):
        found = bytes(view[end : end + 4096]).find(b"\n")
        if found >= 0:
            return start, end + found
        end += 4096
    return start, len(view)
