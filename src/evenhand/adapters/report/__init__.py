"""Reports as one self-contained HTML page each: they open anywhere, offline, the same bytes for the same input."""

from evenhand.adapters.report.comparison_report import render_comparison_report
from evenhand.adapters.report.diagnosis_report import render_diagnosis_report
from evenhand.adapters.report.frontier_report import render_frontier_report
from evenhand.adapters.report.outcome_report import render_outcome_report
from evenhand.adapters.report.plan_report import render_plan_report

__all__ = [
    "render_comparison_report",
    "render_diagnosis_report",
    "render_frontier_report",
    "render_outcome_report",
    "render_plan_report",
]
