"""Columns as bytes that a browser reads without parsing: a line of JSON, then the columns one after the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_ALIGNED = 8
_TYPES = {"f4": "Float32Array", "u4": "Uint32Array", "u2": "Uint16Array", "u1": "Uint8Array"}


def pack_columns(head: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack a head and columns.

    Parameters
    ----------
    columns
        Arrays of 4-byte floats or of unsigned integers of 4, 2 or 1 bytes.

    Returns
    -------
    bytes
        Four bytes that say how long the JSON is, the JSON padded with spaces, and each column, little-endian, from a
        multiple of eight bytes after it. The JSON is the head, and under ``columns`` each column's name, type (as
        JavaScript calls it), offset from the end of the JSON, and length.
    """
    said, body, offset = [], [], 0
    for name, values in columns.items():
        plain = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        said.append({"name": name, "type": _TYPES[values.dtype.str[1:]], "offset": offset, "length": len(plain)})
        raw = plain.tobytes()
        raw += b"\0" * (-len(raw) % _ALIGNED)
        body.append(raw)
        offset += len(raw)
    text = json.dumps({**head, "columns": said}, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % _ALIGNED)
    return b"".join([len(text).to_bytes(4, "little"), text, *body])
