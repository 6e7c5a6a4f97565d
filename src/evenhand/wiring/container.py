"""Putting the adapters into the shapes that the use cases ask for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from evenhand.adapters.files.books import read_book, write_book
from evenhand.adapters.files.firm import write_firm
from evenhand.adapters.files.folders import check_target, clear_folder
from evenhand.adapters.files.outcomes import write_files, write_scenarios, write_texts
from evenhand.adapters.files.plans import SUMMARY, read_plan, write_plan
from evenhand.adapters.files.rejects import write_rejects
from evenhand.adapters.files.templates import read_templates
from evenhand.adapters.files.texts import read_text, write_text
from evenhand.app.ports import Outside
from evenhand.foundation.errors import InputError
from evenhand.wiring.sourcing import read_any_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from evenhand.app.ports import LetterPress
    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.foundation.working_days import WorkingDays
    from evenhand.measure.cost import MoveCost
    from evenhand.measure.outcome import Outcome
    from evenhand.measure.proposal import Proposal
    from evenhand.plan.frontier import Frontier
    from evenhand.plan.plan import Plan
    from evenhand.plan.scenarios import Comparison
    from evenhand.policy import Policy


def connect_outside() -> Outside:
    """Return what the use cases need, on this machine's disk."""
    return Outside(
        read_text=read_text,
        write_text=write_text,
        clear_folder=clear_folder,
        read_source=read_any_source,
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
        render_outcome_report=_render_outcome_report,
        write_files=write_files,
        read_templates=read_templates,
        open_press=_open_press,
        read_working_days=_read_working_days,
        write_calendar=_write_calendar,
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


def _render_outcome_report(outcome: Outcome, costs: Sequence[MoveCost], proposal: Proposal, book: Book) -> str:
    from evenhand.adapters.report import render_outcome_report

    return render_outcome_report(outcome, costs, proposal, book)


def _open_press(currency: str, locale: str, templates: Mapping[str, str]) -> LetterPress:
    with _needs_letters():
        from evenhand.adapters.letters.press import Press

        return Press(currency, locale, templates)


def _read_working_days(policy: Policy, starts_on: dt.date, countries: Collection[str]) -> dict[str, WorkingDays]:
    with _needs_letters():
        from evenhand.adapters.letters.holidays import read_working_days

        return read_working_days(policy, starts_on, countries)


def _write_calendar(tasks: pl.DataFrame, emails: Mapping[str, str | None], made_on: dt.date, path: Path) -> bytes:
    with _needs_letters():
        from evenhand.adapters.letters.calendar import write_calendar

        return write_calendar(tasks, emails, made_on, path.read_bytes() if path.exists() else None)


@contextmanager
def _needs_letters() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError({"handoff": f"needs {error.name}: pip install 'evenhand[letters]'"}) from None
