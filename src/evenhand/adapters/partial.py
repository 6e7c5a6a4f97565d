"""Writing a file whole or not at all: it takes its name only when it is complete."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def write_whole(to: Path) -> Iterator[Path]:
    """Give a path to write to, and put what is there in place of `to` at the end; nothing stays where that fails.

    The path has the ending of `to`, so that writers which go by it can. The folder is made where it isn't there.
    """
    partial = to.with_name(f".{to.stem}.partial-{os.getpid()}{to.suffix}")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.replace(to)
    finally:
        partial.unlink(missing_ok=True)
