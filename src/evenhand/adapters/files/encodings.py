"""What characters a file's bytes stand for: told where it can be told, asked for where it can't."""

from __future__ import annotations

import codecs
import mmap
from dataclasses import dataclass

import numpy as np

from evenhand.foundation.findings import Finding, Severity

Content = bytes | bytearray | memoryview | mmap.mmap
"""A file's bytes, in memory or mapped."""

CHUNK = 1 << 24
BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ONE_BYTE = ("windows-1252", "iso-8859-15", "windows-1250", "iso-8859-2")
"""One-byte encodings of spreadsheets in Western and Central Europe: where all agree on the bytes that occur,
the text is certain."""


@dataclass(frozen=True)
class Text:
    """A file's text.

    Attributes
    ----------
    utf8
        The text as UTF-8 without a byte order mark; None where it can't be told.
    changed
        True where `utf8` differs from the file's bytes.
    """

    utf8: Content | None
    changed: bool
    findings: tuple[Finding, ...] = ()


def read_text(content: Content, file: str, encoding: str | None) -> Text:
    """Return a file's text as UTF-8.

    Parameters
    ----------
    content
        The file's bytes (or a memory map of it).
    encoding
        What the mapping file says; None: UTF-8 or UTF-16 by its byte order mark, else UTF-8, else one of the
        one-byte encodings where it makes no difference which.
    """
    view = memoryview(content)
    if encoding is not None:
        return _decode_as(view, file, encoding)
    for bom, name in BOMS:
        if bytes(view[: len(bom)]) == bom:
            if name == "utf-8":
                return Text(view[len(bom) :], changed=True)
            return _decode(view[len(bom) :], file, name, "which its byte order mark says")
    if (guess := _utf16_without_mark(view)) is not None:
        return _decode(view, file, guess, "seen from the zero in every other byte")
    at = _first_not_utf8(view)
    if at is None:
        return Text(content, changed=False)
    return _one_byte(view, file, at)


def _decode_as(view: memoryview, file: str, encoding: str) -> Text:
    try:
        codec = codecs.lookup(encoding)
    except LookupError:
        hint = 'for instance encoding = "windows-1252" or "utf-8"'
        message = f"The mapping's encoding {encoding!r} is not known."
        return Text(None, False, (Finding("BK104", Severity.ERROR, file, message, hint, {"file": file}),))
    try:
        return Text(codec.decode(bytes(view))[0].lstrip("\ufeff").encode(), changed=True)
    except UnicodeDecodeError as error:
        line = bytes(view[: error.start]).count(b"\n") + 1
        message = f"{file} is not in {encoding}, as the mapping says: line {line} has other bytes."
        evidence = {"file": file, "line": line, "value": repr(bytes(view[error.start : error.start + 8]))}
        return Text(None, False, (Finding("BK104", Severity.ERROR, file, message, "name another encoding", evidence),))


def _decode(view: memoryview, file: str, encoding: str, why: str) -> Text:
    try:
        utf8 = bytes(view).decode(encoding).encode()
    except UnicodeDecodeError as error:
        message = f"{file} is in {encoding.upper()}, {why}, but broken at byte {error.start:,}."
        hint = "export it again; the file may have been cut off"
        return Text(None, False, (Finding("BK104", Severity.ERROR, file, message, hint, {"file": file}),))
    note = Finding(
        "BK103",
        Severity.NOTE,
        file,
        f"{file} is in {encoding.upper()}, {why}; it is read so.",
        "nothing to do; UTF-8 files are smaller",
        {"file": file, "value": encoding},
    )
    return Text(utf8, True, (note,))


def _utf16_without_mark(view: memoryview) -> str | None:
    start = np.frombuffer(view[: 4096 - (len(view) % 2 if len(view) < 4096 else 0)], dtype=np.uint8)
    if len(start) < 4:
        return None
    even, odd = float((start[0::2] == 0).mean()), float((start[1::2] == 0).mean())
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else None


def _first_not_utf8(view: memoryview) -> int | None:
    """Return the first byte that is not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(view), CHUNK):
        end = min(start + CHUNK, len(view))
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start:end], final=end == len(view))
        except UnicodeDecodeError as error:
            return start - held + error.start
    return None


def _one_byte(view: memoryview, file: str, at: int) -> Text:
    content = bytes(view)
    line = content[:at].count(b"\n") + 1
    occurring = bytes(byte for byte in np.unique(np.frombuffer(content, dtype=np.uint8)).tolist() if byte >= 0x80)
    readings = {_reading(occurring, name) for name in ONE_BYTE}
    start, end = content.rfind(b"\n", 0, at) + 1, content.find(b"\n", at)
    shown = content[max(start, at - 20) : min(end if end >= 0 else len(content), at + 20)]
    evidence = {"file": file, "line": line, "value": shown.decode("windows-1252", errors="replace")}
    if len(readings) == 1 and None not in readings:
        message = (
            f"{file} is not UTF-8 (line {line}: {evidence['value']!r}); it is read as Windows-1252, which for the "
            "characters that occur is certain."
        )
        hint = 'say so with encoding = "windows-1252" at the top of the mapping file, or export as "CSV UTF-8"'
        warning = Finding("BK103", Severity.WARNING, file, message, hint, evidence)
        return Text(content.decode("windows-1252").encode(), True, (warning,))
    message = (
        f"{file} is not UTF-8 (line {line}: {evidence['value']!r} if it is Windows-1252), and which encoding it is in "
        "can't be told."
    )
    hint = (
        'export it as "CSV UTF-8", or say which: encoding = "windows-1252" (Western European Excel) or '
        '"windows-1250" (Central European) at the top of the mapping file'
    )
    return Text(None, False, (Finding("BK104", Severity.ERROR, file, message, hint, evidence),))


def _reading(occurring: bytes, encoding: str) -> str | None:
    try:
        text = occurring.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
