"""Reading a firm's own letter templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.files.texts import read_text
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".md.jinja"


def read_templates(folder: Path) -> dict[str, str]:
    """Read every ``<name>.md.jinja`` of a folder, by name.

    Raises
    ------
    InputError
        If there is no such folder, or no template in it.
    """
    found = {path.name.removesuffix(SUFFIX): read_text(path) for path in sorted(folder.glob(f"*{SUFFIX}"))}
    if not found:
        raise InputError({str(folder): f"has no templates: files that end in {SUFFIX}"})
    return found
