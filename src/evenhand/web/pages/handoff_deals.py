"""Deals of a handoff, who is paid for them, and what became of the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evenhand.foundation.errors import EvenhandError
from evenhand.web.crediting import decide_dispute, find_deadline, list_credit, list_disputes, raise_dispute, sum_credit
from evenhand.web.handoff_outcome import look_after
from evenhand.web.handoff_parts import list_rows
from evenhand.web.pages.handoffs import open_ready, say
from evenhand.web.reviewing import today
from evenhand.wiring.following_up import find_newer_book

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.web.request import Request

_DEALS_A_PAGE = 100


@require_safe
def handoff_ledger(request: Request, pk: UUID) -> HttpResponse:
    """Show each deal's owner by day and who is paid, the statements, and disputes."""
    row, scope = open_ready(request, pk)
    people, ledger = row.summary.get("people", {}), list_rows(row, scope, "ledger")
    deals = ledger.with_columns(
        pl.col("amount_cents").cast(pl.Int64),
        pl.col("credit_share_from").cast(pl.Float64),
        **{
            name: pl.col(column).replace(people)
            for name, column in (("from_rep", "credit_from"), ("to_rep", "credit_to"))
        },
    ).sort("transfers_on", "opportunity_id", nulls_last=True)
    credit = list_credit(row, scope)
    disputes = list_disputes(row, scope)
    disputed = {(one.opportunity_id, one.rep_id) for one in disputes if one.decided_on is None}
    day = today()
    won = [
        one
        | {
            "rep": people.get(one["rep_id"], one["rep_id"]),
            "may_dispute": one["rep_id"] == request.user.rep_id
            and (one["opportunity_id"], one["rep_id"]) not in disputed
            and ((until := find_deadline(one["won_on"])) is None or day <= until),
        }
        for one in credit.to_dicts()
    ]
    return render(
        request,
        "web/handoff_ledger.html",
        {
            "handoff": row,
            "scope": scope,
            "page": Paginator(deals.to_dicts(), _DEALS_A_PAGE).get_page(request.GET.get("page")),
            "book": find_newer_book(row),
            "won": won[:_DEALS_A_PAGE],
            "n_won": len(won),
            "sums": sum_credit(row, credit, scope),
            "disputes": disputes,
        },
    )


@require_POST
def handoff_dispute(request: Request, pk: UUID) -> HttpResponse:
    """Dispute the credit of a deal."""
    row, scope = open_ready(request, pk)
    try:
        raise_dispute(request.user, row, scope, request.POST.get("opportunity_id", ""), request.POST.get("reason", ""))
    except EvenhandError as error:
        say(request, error)
    else:
        messages.success(request, "Your dispute is with your manager and revenue operations; the answer comes here.")
    return redirect("handoff_ledger", pk=row.pk)


@require_POST
def handoff_dispute_decide(request: Request, pk: UUID, dispute: UUID) -> HttpResponse:
    """Decide a dispute."""
    row, _ = open_ready(request, pk)
    try:
        decide_dispute(
            request.user, row, str(dispute), request.POST.get("answer", ""), request.POST.get("share_from", "")
        )
    except EvenhandError as error:
        say(request, error)
    else:
        messages.success(request, "Decided; both reps and their managers are told.")
    return redirect("handoff_ledger", pk=row.pk)


@require_safe
def handoff_follow_up(request: Request, pk: UUID) -> HttpResponse:
    """Show what became of the accounts: worked, pipeline building, dropped, each with its evidence."""
    row, scope = open_ready(request, pk)
    return render(request, "web/handoff_follow_up.html", {"handoff": row, "scope": scope, **look_after(row, scope)})
