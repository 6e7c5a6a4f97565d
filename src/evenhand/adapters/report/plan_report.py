"""The report of a plan: what a sales leader reads first, then everything needed to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.report.before_after_chart import before_after_chart
from evenhand.adapters.report.event_words import say_happenings
from evenhand.adapters.report.fairness_table import fairness_table
from evenhand.adapters.report.findings_list import sort_findings
from evenhand.adapters.report.headline import key_figures, write_headline
from evenhand.adapters.report.moves_map import moves_map
from evenhand.adapters.report.moves_table import flow_rows, grade_rows, move_rows
from evenhand.adapters.report.page import render_page
from evenhand.adapters.report.proof import binding_rows, proof_lines, say_widening
from evenhand.adapters.report.quota_bridges import quota_bridges, say_period
from evenhand.adapters.report.ramp_section import ramp_section
from evenhand.adapters.report.territory_bands import band_views
from evenhand.adapters.report.territory_names import TerritoryNames
from evenhand.adapters.report.territory_table import territory_table
from evenhand.diagnose import State
from evenhand.plan.events.codes import CODES as EVENT_CODES

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.diagnose import Diagnosis
    from evenhand.plan.plan import Plan


def render_plan_report(plan: Plan, book: Book, diagnosis: Diagnosis | None = None, *, is_part: bool = False) -> str:
    """Render a plan as one self-contained HTML page.

    Parameters
    ----------
    book
        The book that the plan was made from: names of territories, and where accounts are.
    diagnosis
        Of the same book: adds the triggers that fired. None leaves them out.
    is_part
        Only what is between the page's head and foot, for a page of the workspace.

    Returns
    -------
    str
        HTML that loads nothing, runs only its own script, and is the same to the byte for the same arguments: the
        time the plan took isn't in it.

    Notes
    -----
    Long tables end at a stated number of rows and name the file that has the rest, so that a plan of 10,000 moves is
    still a page that opens.
    """
    names = TerritoryNames(book, plan.territory_ids)
    charts = [chart for view in band_views(plan) if (chart := before_after_chart(view, names)) is not None]
    flows, n_flows = flow_rows(plan, names)
    return render_page(
        "plan.html.jinja",
        is_part=is_part,
        title=f"Territory plan, {plan.as_of.isoformat()}",
        plan=plan,
        currency=plan.currency,
        headline=write_headline(plan, book.active_accounts.height),
        key_figures=key_figures(plan, book.active_accounts.height),
        charts=charts,
        grades=grade_rows(plan),
        flows=flows,
        n_flows=n_flows,
        map=moves_map(plan, book, names),
        moves=move_rows(plan, names),
        names=names,
        bridges=quota_bridges(plan, names),
        quotas_said=say_period(plan),
        fairness=fairness_table(plan),
        ramp_section=ramp_section(plan, names),
        table=territory_table(plan, names),
        proof=proof_lines(plan),
        widening=say_widening(plan),
        binding=binding_rows(plan, names),
        fired=[] if diagnosis is None else [t for t in diagnosis.triggers if t.state is State.FIRED],
        happened=say_happenings(plan),
        findings=sort_findings(finding for finding in plan.findings if finding.code not in EVENT_CODES),
    )
