"""The report of a diagnosis: whether anything needs to change, and which figures say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.report.diagnosis_models import view_models
from evenhand.adapters.report.diagnosis_past import past_section
from evenhand.adapters.report.diagnosis_sources import find_sources
from evenhand.adapters.report.diagnosis_table import (
    MOST_TERRITORIES,
    measure_rows,
    team_rows,
    verdict_rows,
)
from evenhand.adapters.report.figures import format_number
from evenhand.adapters.report.findings_list import sort_findings
from evenhand.adapters.report.headline import KeyFigure
from evenhand.adapters.report.page import render_page
from evenhand.adapters.report.range_chart import range_charts
from evenhand.adapters.report.territory_names import TerritoryNames
from evenhand.diagnose import MEASURES, Call, Diagnosis, State
from evenhand.diagnose.wording import say_count, say_list

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.diagnose import Trigger

_STATE_ORDER = (State.FIRED, State.NEAR, State.CANNOT_TELL, State.QUIET)
_SHOWN_FIRST = "potential"


def render_diagnosis_report(diagnosis: Diagnosis, book: Book, *, is_part: bool = False) -> str:
    """Render a diagnosis as one self-contained HTML page.

    Parameters
    ----------
    diagnosis
        Whole, or what was kept of one, which has no models and no accounts: the page then shows neither charts of
        models nor where figures come from.
    book
        The book that was diagnosed: names of territories, and the records that figures come from.
    is_part
        Only what is between the page's head and foot, for a page of the workspace.

    Returns
    -------
    str
        HTML that loads nothing and runs only its own script, the same to the byte for the same arguments.
    """
    names = TerritoryNames(book)
    verdicts = verdict_rows(diagnosis, names)
    rows = measure_rows(diagnosis, names)
    charts = range_charts(diagnosis, names)
    is_whole = isinstance(diagnosis, Diagnosis)
    return render_page(
        "diagnosis.html.jinja",
        is_part=is_part,
        title=f"Territory diagnosis, {diagnosis.as_of.isoformat()}",
        diagnosis=diagnosis,
        names=names,
        headline=say_diagnosis(diagnosis),
        key_figures=_key_figures(diagnosis),
        triggers=sorted(diagnosis.triggers, key=lambda trigger: _STATE_ORDER.index(trigger.state)),
        calls=[str(call) for call in Call if any(row.call == call for row in verdicts)],
        verdicts=verdicts[:MOST_TERRITORIES],
        n_verdicts=len(verdicts),
        charts=sorted(charts, key=lambda chart: chart.name != _SHOWN_FIRST),
        measures=[measure.title[:1].upper() + measure.title[1:] for measure in MEASURES.values()],
        formulas=[(measure.title[:1].upper() + measure.title[1:], measure.formula) for measure in MEASURES.values()],
        rows=rows[:MOST_TERRITORIES],
        n_rows=len(rows),
        team=team_rows(diagnosis),
        has_layers=len({row.layer for row in rows}) > 1,
        findings=sort_findings(diagnosis.missing),
        models=view_models(diagnosis, names) if is_whole else None,
        past=past_section(diagnosis, names) if is_whole else None,
        sources=find_sources(diagnosis, book) if is_whole else {},
        measure_names=list(MEASURES),
        origin=diagnosis.policy.origin if is_whole else None,
    )


def say_diagnosis(diagnosis: Diagnosis) -> str:
    """Say in one sentence whether anything needs to change."""
    fired = [_in_sentence(trigger) for trigger in diagnosis.triggers if trigger.state is State.FIRED]
    if fired:
        return f"A change is called for: {say_list(fired)}."
    unknown = sum(trigger.state is State.CANNOT_TELL for trigger in diagnosis.triggers)
    if unknown:
        known = "No changes needed as far as the book tells: no trigger fired"
        return f"{known}, and {say_count(unknown, 'trigger')} can’t be told."
    return "No changes needed: no trigger fired."


def _key_figures(diagnosis: Diagnosis) -> list[KeyFigure]:
    calls = [verdict.call for verdict in diagnosis.verdicts if verdict.is_seat]
    states = [trigger.state for trigger in diagnosis.triggers]
    n_fired = states.count(State.FIRED)
    figures = [
        KeyFigure(
            "Triggers that fired",
            format_number(n_fired),
            note=f"of {len(states)}; {states.count(State.CANNOT_TELL)} can’t be told",
            tone="bad" if n_fired else "good",
        )
    ]
    figures += [
        KeyFigure(
            f"{str(call)[:1].upper()}{str(call)[1:]} territories" if call is not Call.CANNOT_TELL else "Can’t be told",
            format_number(calls.count(call)),
            note=f"of {len(calls)}",
        )
        for call in (Call.OVERLOADED, Call.STARVED, Call.HEALTHY, Call.MIXED, Call.CANNOT_TELL)
        if call in calls or call in (Call.OVERLOADED, Call.STARVED, Call.HEALTHY)
    ]
    return figures


def _in_sentence(trigger: Trigger) -> str:
    return trigger.title[:1].lower() + trigger.title[1:]
