"""Finding the account that an edit is about: by name, by id or by territory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.store.doors import access_whole_plan_run
from evenhand.app.roles import May
from evenhand.plan.grades import GRADES
from evenhand.web.maps import find_map
from evenhand.web.reading import find_directory, find_plan

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse, QueryDict

    from evenhand.adapters.store.models import PlanRun, User
    from evenhand.web.request import Request

MOST_FOUND = 25
_LONGEST = 100
_MOST_PLACES = 2000


@require_safe
def plan_edit_accounts(request: Request, pk: UUID) -> HttpResponse:
    """List accounts to choose one from."""
    run = access_whole_plan_run(request.user, pk, May.MAKE_PLANS)
    if not run.has_plan:
        raise Http404
    return render(request, "web/fragments/found_accounts.html", find_accounts(request.user, run, request.GET))


def find_accounts(user: User, run: PlanRun, said: QueryDict) -> dict[str, Any]:
    """Find accounts whose name, id or territory holds a text, of one territory where one is said.

    Those that begin with the text come first, then the rest, each by id. Where `many` is said, more than one can be
    chosen.
    """
    text, territory = said.get("q", "").strip()[:_LONGEST].casefold(), said.get("in", "").strip()
    if not (text or territory):
        return {"found": [], "n_found": 0, "is_asked": False}
    seen = find_map(user, run.book, run)
    sheet = seen.ground.sheet.select("account_id", "name", "potential", "grade").with_columns(
        before=seen.before, after=seen.before if seen.after is None else seen.after
    )
    names = [pl.col(name).fill_null("").str.to_lowercase() for name in ("account_id", "name", "before", "after")]
    chosen = sheet.filter(pl.Series(seen.rows))
    if territory:
        chosen = chosen.filter(pl.any_horizontal(pl.col("before", "after") == territory))
    if text:
        chosen = chosen.filter(pl.any_horizontal(name.str.contains(text, literal=True) for name in names))
        begins = pl.any_horizontal(name.str.starts_with(text) for name in names[:2])
        chosen = chosen.sort(~begins, "account_id")
    rows = chosen.head(MOST_FOUND).with_columns(
        grade=pl.col("grade").replace_strict(dict(enumerate(GRADES)), return_dtype=pl.String)
    )
    return {"found": rows.to_dicts(), "n_found": chosen.height, "is_asked": True, "many": "many" in said}


def list_places(run: PlanRun) -> list[tuple[str, str]]:
    """List the territories that an account can go to, each with what to call it."""
    names = dict(find_directory(run.book).territories.select("territory_id", "name").iter_rows())
    return [
        (place, f"{place} {names[place]}" if names.get(place) not in {None, place} else place)
        for place in sorted(find_plan(run).territory_ids)[:_MOST_PLACES]
    ]
