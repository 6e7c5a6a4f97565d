"""Folders of what planning came to: text files side by side, or a plan folder for each scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.files.folders import write_folder
from evenhand.adapters.files.plans import plan_writers
from evenhand.app.scenarios import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from evenhand.plan.record import PlanRecord


def write_texts(target: Path, texts: Mapping[str, str], *, marker: str, replace: bool) -> None:
    """Write a folder of UTF-8 text files by name, whole or not at all.

    Raises
    ------
    Refusal
        If the folder exists and `replace` is False, or has no `marker`.
    """
    write_folder(target, {name: _writer(text.encode()) for name, text in texts.items()}, marker=marker, replace=replace)


def write_files(target: Path, content: Mapping[str, bytes], *, marker: str, replace: bool) -> None:
    """Write a folder of files by name, whole or not at all; a name may have a folder in it.

    Raises
    ------
    Refusal
        If the folder exists and `replace` is False, or has no `marker`.
    """
    write_folder(target, {name: _writer(data) for name, data in content.items()}, marker=marker, replace=replace)


def write_scenarios(
    target: Path, plans: Mapping[str, tuple[PlanRecord, str]], texts: Mapping[str, str], *, replace: bool
) -> None:
    """Write a plan folder for each scenario by name, and text files beside them, whole or not at all.

    Parameters
    ----------
    plans
        What each plan folder holds, and its report.

    Raises
    ------
    Refusal
        If the folder exists and `replace` is False, or isn't a folder of scenarios.
    """
    writers: dict[str, Callable[[Path], None]] = {}
    for scenario, (record, report) in plans.items():
        writers |= {f"{scenario}/{name}": write for name, write in plan_writers(record, report).items()}
    writers |= {name: _writer(text.encode()) for name, text in texts.items()}
    write_folder(target, writers, marker=MARKER, replace=replace)


def _writer(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write
