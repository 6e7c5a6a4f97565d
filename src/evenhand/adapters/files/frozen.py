"""The hash of a plan folder: of every file in it, so that a plan that was approved can be told from any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.hashing import hash_bytes, hash_values

if TYPE_CHECKING:
    from pathlib import Path


def hash_plan_folder(folder: Path) -> str:
    """Return the SHA-256 of the names and contents of all files of a plan folder."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hash_values([[path.name, hash_bytes([path.read_bytes()])] for path in files])
