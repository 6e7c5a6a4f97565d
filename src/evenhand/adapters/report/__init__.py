"""Reports as one self-contained HTML page: they open anywhere, offline, and say the same bytes for the same plan."""

from evenhand.adapters.report.plan_report import render_plan_report

__all__ = ["render_plan_report"]
