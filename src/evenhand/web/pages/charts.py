"""Charts of a plan: every territory against its band, and who gives accounts to whom; with the same as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.report.moves_table import sum_flows
from evenhand.adapters.store.doors import access_plan_run
from evenhand.plan.explain import MEASURE_WORDS
from evenhand.plan.grades import GRADES
from evenhand.web.bundles import find_script
from evenhand.web.reading import find_directory
from evenhand.web.views_of_team import visible_plan

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.web.reading import KeptPlan
    from evenhand.web.request import Request

MOST_FLOWS = 60
"""Drawn, the largest first; the table has all of them."""
_COLUMNS = ("before", "after", "lower", "upper", "status_before", "status_after")


@require_safe
def plan_charts(request: Request, pk: UUID) -> HttpResponse:
    """Show a plan as charts, as far as the person sees it."""
    run = access_plan_run(request.user, pk)
    if not run.has_plan:
        raise Http404
    seen = visible_plan(request.user, run)
    names = _name_territories(dict(find_directory(run.book).territories.select("territory_id", "name").iter_rows()))
    pairs = _pair(seen)
    named = {place for pair in pairs for place in (pair["source"], pair["target"])}
    return render(
        request,
        "web/charts.html",
        {
            "run": run,
            "seen_by": f"{request.user.role_entry.sees} {request.user.rep_id}",
            "script": find_script("charts"),
            "measures": _measure(seen, names),
            "pairs": pairs,
            "flows": {
                "pairs": pairs[:MOST_FLOWS],
                "names": {place: words for place, words in names.items() if place in named},
            },
            "n_drawn": MOST_FLOWS,
        },
    )


def _name_territories(names: dict[str, str | None]) -> dict[str, str]:
    return {place: f"{place} {name}" if name and name != place else place for place, name in names.items()}


def _measure(seen: KeptPlan, names: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the rows of each measure, by its name; the first is shown first."""
    measures: dict[str, dict[str, Any]] = {}
    for (measure,), part in seen.territories.partition_by("measure", as_dict=True, maintain_order=True).items():
        rows = part.select("territory_id", *_COLUMNS).drop_nulls(["before", "after"]).to_dicts()
        words = str(MEASURE_WORDS.get(str(measure), measure))
        if rows:
            measures[str(measure)] = {
                "words": words[:1].upper() + words[1:],
                "rows": [{**row, "name": names.get(row["territory_id"], row["territory_id"])} for row in rows],
            }
    return measures


def _pair(seen: KeptPlan) -> list[dict[str, Any]]:
    """Return the flows between territories, the largest first."""
    if not seen.moves.height:
        return []
    told = [
        pl.when(pl.col(grade) > 0).then(pl.format("{} {}", grade, pl.lit(grade))).otherwise(None)
        for grade in reversed(GRADES)
    ]
    return (
        sum_flows(seen.moves)
        .with_columns(grades=pl.concat_str(told, separator=", ", ignore_nulls=True))
        .rename({"from_territory_id": "source", "to_territory_id": "target"})
        .to_dicts()
    )
