"""Pricing the flags of a review in the background."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import transaction

from evenhand.adapters.store.models import Review
from evenhand.app.policies import read_stored_policy
from evenhand.review.pricing import open_pricing
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from evenhand.adapters.store.models import PlanRun
    from evenhand.policy import Policy
    from evenhand.review.price import Price
    from evenhand.review.pricing import Pricing


def plan_policy(run: PlanRun) -> Policy:
    """Return the policy that a plan was made under."""
    return _read_policy(open_shelf().plan(run.folder))


def price_review(review_id: str) -> None:
    """Price the open flags of a review, and the bundles of those that go together; the worker does it."""
    review = Review.objects.select_related("run__book").filter(pk=review_id).first()
    if review is None or not review.run.folder:
        return
    rows = list(review.flags.exclude(state="dropped"))
    pricing = open_prices(review.run.folder, review.run.book.content_hash)
    wants: Mapping[str, list[str]] = {str(row.pk): row.wants for row in rows if row.state != "overridden"}

    def keep(prices: Mapping[str, Price]) -> None:
        with transaction.atomic():
            for key, priced in prices.items():
                review.flags.filter(pk=key).update(price=priced.as_dict(), priced_hash=review.plan_hash)

    # Whoever flagged reads the price while the bundles are still being looked for.
    prices, bundle = pricing.price_all(wants, on_prices=keep)
    keep(prices)
    Review.objects.filter(pk=review.pk, plan_hash=review.plan_hash).update(
        bundle={
            "steps": [step.as_dict() for step in bundle.steps],
            "left_out": dict(bundle.left_out),
            "words": bundle.words,
        },
        bundle_hash=review.plan_hash,
    )


@lru_cache(maxsize=2)
def open_prices(folder: str, book_hash: str) -> Pricing:
    """Open a plan for prices; the latest two stay open."""
    shelf, outside = open_shelf(), connect_outside()
    kept, _ = outside.read_plan(shelf.plan(folder))
    return open_pricing(kept, outside.read_book(shelf.book(book_hash)), read_stored_policy(kept))


@lru_cache(maxsize=8)
def _read_policy(folder: Path) -> Policy:
    kept, _ = connect_outside().read_plan(folder)
    return read_stored_policy(kept)
