"""The moves of a plan as a table: every reason and what shows it, found, filtered and sorted by the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.report.moves_table import sort_moves
from evenhand.adapters.report.territory_names import TerritoryNames
from evenhand.adapters.store.doors import access_plan_run
from evenhand.app.roles import May, Sees
from evenhand.plan.grades import GRADES
from evenhand.web.browsing import Column, find_words, keep, sort_table, view_table
from evenhand.web.reading import find_directory
from evenhand.web.tables import serve_as
from evenhand.web.talking import count_by_place
from evenhand.web.views_of_team import visible_plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    import polars as pl

    from evenhand.web.request import Request

COLUMNS = (
    Column("account_id", "Account"),
    Column("from_territory_id", "From"),
    Column("to_territory_id", "To"),
    Column("grade", "Disruption"),
    Column("potential", "Potential", is_number=True),
    Column("reason", "Why"),
)
FIND_IN = ("account_id", "name", "from_territory_id", "to_territory_id", "reason", "evidence")


@require_safe
def plan_moves(request: Request, pk: UUID) -> HttpResponse:
    """Show the moves that someone sees, or give them as a file."""
    run = access_plan_run(request.user, pk)
    if not run.has_plan:
        raise Http404
    whole = visible_plan(request.user, run).moves
    table = choose_moves(whole, request.GET)
    ordered = sort_table(table, request.GET.get("sort", ""), COLUMNS, ("account_id",))
    file = serve_as(request.GET.get("format", ""), ordered, f"{run.title} moves")
    if file is not None:
        return file
    view = view_table(table, request.GET, COLUMNS, ("account_id",))
    names, said = TerritoryNames(find_directory(run.book)), count_by_place(request.user, run)
    rows = [
        {
            **row,
            "origin": names[row["from_territory_id"]],
            "target": names[row["to_territory_id"]],
            "shown_by": _as_list(row["evidence"]),
            "n_said": said.get(f"move:{row['account_id']}", 0),
        }
        for row in view.rows
    ]
    ids = {name: sorted(whole[f"{name}_territory_id"].drop_nulls().unique().to_list()) for name in ("from", "to")}
    return render(
        request,
        "web/moves.html",
        {
            "run": run,
            "view": view,
            "rows": rows,
            "n_all": whole.height,
            "ids": ids,
            "grades": GRADES,
            "said": request.GET,
            "can_edit": request.user.can(May.MAKE_PLANS) and request.user.role_entry.sees is Sees.ALL,
        },
    )


def choose_moves(moves: pl.DataFrame, asked: Mapping[str, str]) -> pl.DataFrame:
    """Keep the moves that are asked for by ``find``, ``grade``, ``from`` and ``to``, the gravest first."""
    wanted = {
        "grade": asked.get("grade", ""),
        "from_territory_id": asked.get("from", ""),
        "to_territory_id": asked.get("to", ""),
    }
    return sort_moves(find_words(keep(moves, wanted), asked.get("find", ""), FIND_IN))


def _as_list(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [part.strip() for part in str(value or "").split(";") if part.strip()]
