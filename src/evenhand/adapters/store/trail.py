"""Checking the audit trail of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.store.models import AuditEvent
from evenhand.review.trail import find_tampered

if TYPE_CHECKING:
    from evenhand.review.trail import Broken


def check_trail(last: tuple[int, str] | None = None) -> Broken | None:
    """Find the first event of the trail that was changed, removed or slipped in; None where it holds.

    Parameters
    ----------
    last
        Number and hash of an event written down earlier, such as the last one of an export.
    """
    events = AuditEvent.objects.order_by("id").iterator(chunk_size=2000)
    return find_tampered((event.link for event in events), last=last)
