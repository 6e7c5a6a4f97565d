"""Putting the adapters into the shapes that the use cases ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.files.books import read_book, write_book
from evenhand.adapters.files.firm import write_firm
from evenhand.adapters.files.folders import check_target, clear_folder
from evenhand.adapters.files.outcomes import write_scenarios, write_texts
from evenhand.adapters.files.plans import SUMMARY, read_plan, write_plan
from evenhand.adapters.files.rejects import write_rejects
from evenhand.adapters.files.sources import read_source
from evenhand.adapters.files.texts import read_text, write_text
from evenhand.app.ports import Outside

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.plan.frontier import Frontier
    from evenhand.plan.plan import Plan
    from evenhand.plan.scenarios import Comparison


def connect_outside() -> Outside:
    """Return what the use cases need, on this machine's disk."""
    return Outside(
        read_text=read_text,
        write_text=write_text,
        clear_folder=clear_folder,
        read_source=read_source,
        write_book=write_book,
        read_book=read_book,
        write_rejects=write_rejects,
        write_plan=write_plan,
        read_plan=read_plan,
        check_plan_target=_check_plan_target,
        write_firm=write_firm,
        render_plan_report=_render_plan_report,
        render_diagnosis_report=_render_diagnosis_report,
        write_texts=write_texts,
        write_scenarios=write_scenarios,
        check_target=_check_target,
        render_frontier_report=_render_frontier_report,
        render_comparison_report=_render_comparison_report,
    )


def _check_plan_target(target: Path, replace: bool) -> None:
    check_target(target, marker=SUMMARY, replace=replace)


def _render_plan_report(plan: Plan, book: Book, diagnosis: Diagnosis | None) -> str:
    from evenhand.adapters.report import render_plan_report

    return render_plan_report(plan, book, diagnosis)


def _render_diagnosis_report(diagnosis: Diagnosis, book: Book) -> str:
    from evenhand.adapters.report import render_diagnosis_report

    return render_diagnosis_report(diagnosis, book)


def _check_target(target: Path, marker: str, replace: bool) -> None:
    check_target(target, marker=marker, replace=replace)


def _render_frontier_report(frontier: Frontier, book: Book) -> str:
    from evenhand.adapters.report import render_frontier_report

    return render_frontier_report(frontier, book)


def _render_comparison_report(comparison: Comparison, book: Book | None) -> str:
    from evenhand.adapters.report import render_comparison_report

    return render_comparison_report(comparison, book)
