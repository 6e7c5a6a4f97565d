"""Content hashes, the same on any machine."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def hash_bytes(chunks: Iterable[bytes]) -> str:
    """Return the SHA-256 of the chunks in order, in hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def hash_values(values: Any) -> str:
    """Return the SHA-256 of plain values (dicts, lists, strings, numbers, None), whatever the order of keys."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str)
    return hash_bytes([text.encode()])
