"""Who is paid for handed-over deals, and what reps dispute of it; pages and the API ask in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import IntegrityError, transaction
from django.http import Http404

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Book, CreditDispute, State, User
from evenhand.adapters.store.reviews import key_of, notify
from evenhand.foundation.errors import InputError, Refusal
from evenhand.handoff.credit import CREDIT_SCHEMA, state_credit
from evenhand.handoff.disputes import DISPUTES_SCHEMA, settle_disputes
from evenhand.web.handoff_parts import list_accounts, read_table
from evenhand.web.requesting import firm_policy
from evenhand.web.reviewing import today
from evenhand.wiring.deadlines import firm_days
from evenhand.wiring.following_up import find_newer_book, read_credit

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.adapters.store.doors_of_handoffs import Scope
    from evenhand.adapters.store.models import Handoff

_MOST_WORDS = 4000


def list_credit(handoff: Handoff, scope: Scope) -> pl.DataFrame:
    """Return the credit that somebody sees: opportunity_id, account_id, won_on, rep_id, share, credit_cents, why.

    Notes
    -----
    Worked out of the latest book, so that it follows as deals close; decided disputes are in it. A rep sees the rows of
    the own deals, both parts, as a part is understood by the other one.
    """
    book = find_newer_book(handoff)
    if book is None:
        return pl.DataFrame(schema=CREDIT_SCHEMA)
    credit = _apply(read_credit(handoff, book), handoff)
    if scope.whole:
        return credit
    seen = credit.filter(pl.col("account_id").is_in(list_accounts(handoff, scope)["account_id"].implode()))
    if scope.team:
        return seen
    mine = seen.filter(pl.col("rep_id").is_in(sorted(scope.person_ids)))["opportunity_id"]
    return seen.filter(pl.col("opportunity_id").is_in(mine.implode()))


def sum_credit(handoff: Handoff, credit: pl.DataFrame, scope: Scope) -> list[dict[str, Any]]:
    """Return the statement of every rep: rep, n_deals, credit_cents; for a rep the own one alone."""
    people = handoff.summary.get("people", {})
    rows = state_credit(credit).to_dicts()
    if not scope.whole and not scope.team:
        rows = [row for row in rows if row["rep_id"] in scope.person_ids]
    return [row | {"rep": people.get(row["rep_id"], row["rep_id"])} for row in rows]


def find_deadline(won_on: dt.date) -> dt.date | None:
    """Return until when the credit of a deal may be disputed: counted from the first book that shows it as won."""
    first = Book.objects.filter(state=State.DONE, as_of__gte=won_on).order_by("finished_at").first()
    if first is None or first.finished_at is None:
        return None
    policy = firm_policy()
    stated_on = first.finished_at.date()
    return firm_days(policy, stated_on).deadline(stated_on, policy.sending.credit_dispute_days)


def list_disputes(handoff: Handoff, scope: Scope) -> list[CreditDispute]:
    """Return the disputes that somebody sees: their own, their team's, or all."""
    rows = list(handoff.disputes.select_related("raised_by", "decided_by"))
    if scope.whole:
        return rows
    seen = set(list_credit(handoff, scope)["opportunity_id"])
    if scope.team:
        return [row for row in rows if row.opportunity_id in seen]
    return [row for row in rows if row.rep_id in scope.person_ids]


def raise_dispute(user: User, handoff: Handoff, scope: Scope, opportunity_id: str, reason: str) -> CreditDispute:
    """Dispute the credit of one's own deal; the manager and revenue operations are told.

    Raises
    ------
    Refusal
        HO321 where the deal isn't the person's, is disputed already, or the time is over.
    InputError
        If there is no reason.
    """
    if not reason.strip():
        raise InputError({"reason": "Say what is wrong with it."})
    mine = list_credit(handoff, scope).filter(pl.col("opportunity_id") == opportunity_id)
    if not user.rep_id or user.rep_id not in _parties(handoff, opportunity_id) or mine.is_empty():
        raise Refusal("HO321", "Only the two reps of a deal dispute its credit.", "Talk to your manager.")
    until = find_deadline(mine["won_on"][0])
    if until is not None and today() > until:
        raise Refusal("HO321", f"The time to dispute this credit ended on {until}.", "Talk to your manager.")
    try:
        with transaction.atomic():
            row = CreditDispute.objects.create(
                handoff=handoff, opportunity_id=opportunity_id, rep_id=user.rep_id, raised_by=user, raised_on=today(),
                reason=reason.strip()[:_MOST_WORDS],
            )  # fmt: skip
            record(user, "handoff.credit_disputed", handoff, about=opportunity_id, reason=row.reason)
            managers = _managers_of(handoff, opportunity_id)
            readers = [
                one
                for one in User.objects.filter(is_active=True).exclude(pk=user.pk)
                if one.role == "revops" or key_of(one) in managers
            ]
            words = f"{user} disputes the credit of {opportunity_id}: {row.reason}"
            notify(readers, words, path=f"/handoffs/{handoff.pk}/ledger/", review=handoff.review, is_urgent=True)
    except IntegrityError:
        raise Refusal("HO321", "You dispute this credit already.", "Wait for the answer.") from None
    return row


def decide_dispute(user: User, handoff: Handoff, pk: str, answer: str, share_from: str) -> CreditDispute:
    """Decide a dispute, with a reason; a share sets the former rep's part, nothing leaves it as the rules say.

    Raises
    ------
    Refusal
        If the person may not decide it, or it is decided.
    InputError
        If there is no reason, or the share isn't one.
    """
    problems: dict[str, str] = {}
    share: float | None = None
    if not answer.strip():
        problems["answer"] = "Say why; the rep reads it."
    if share_from.strip():
        try:
            share = float(share_from.strip().removesuffix("%").strip()) / 100
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            problems["share_from"] = "is a per cent from 0 to 100"
    if problems:
        raise InputError(problems)
    with transaction.atomic():
        row = handoff.disputes.select_for_update().filter(pk=pk).first()
        if row is None:
            raise Http404
        if user.role != "revops" or row.rep_id == user.rep_id:
            raise Refusal("HO301", "It isn't yours to decide this dispute.", "Revenue operations does, with a reason.")
        if row.decided_on is not None:
            raise Refusal("HO310", "The dispute is decided already.", "Its answer is below it.")
        row.answer, row.share_from, row.decided_by, row.decided_on = answer.strip()[:_MOST_WORDS], share, user, today()
        row.save()
        record(user, "handoff.credit_decided", handoff, about=row.opportunity_id, reason=row.answer, share_from=share)
        parties = _parties(handoff, row.opportunity_id) | _managers_of(handoff, row.opportunity_id)
        readers = [one for one in User.objects.filter(is_active=True).exclude(pk=user.pk) if key_of(one) in parties]
        words = f"The credit of {row.opportunity_id} is decided: {row.answer}"
        notify(readers, words, path=f"/handoffs/{handoff.pk}/ledger/", review=handoff.review, is_urgent=True)
    return row


def _apply(credit: pl.DataFrame, handoff: Handoff) -> pl.DataFrame:
    """Put what was decided in the place of what the rules say."""
    rows = [
        {
            "opportunity_id": one.opportunity_id,
            "rep_id": one.rep_id,
            "raised_on": one.raised_on,
            "reason": one.reason,
            "decided_on": one.decided_on,
            "decided_by": str(one.decided_by_id or ""),
            "share_from": one.share_from,
            "answer": one.answer,
        }
        for one in handoff.disputes.all()
    ]
    if not rows:
        return credit
    return settle_disputes(credit, _ledger(handoff), pl.DataFrame(rows, schema=DISPUTES_SCHEMA))


def _parties(handoff: Handoff, opportunity_id: str) -> set[str]:
    deal = _ledger(handoff).filter(pl.col("opportunity_id") == opportunity_id)
    return {rep for row in deal.iter_rows(named=True) for rep in (row["credit_from"], row["credit_to"]) if rep}


def _managers_of(handoff: Handoff, opportunity_id: str) -> set[str]:
    deal = _ledger(handoff).filter(pl.col("opportunity_id") == opportunity_id)
    touched = {*deal["from_territory_id"], *deal["to_territory_id"]}
    teams = handoff.review.cast.get("teams", {})
    return {manager for manager, team in teams.items() if touched & set(team)}


def _ledger(handoff: Handoff) -> pl.DataFrame:
    return read_table(handoff, "ledger")
