"""The notice on top of a plan that was made under an exception to the signed policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.report.page import render_page

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEFORE = '<header class="top">'


def add_exception(page: str, reason: str, changes: Sequence[tuple[str, str, str]], signed: Sequence[str]) -> str:
    """Put the notice on top of a plan's report, which stays as it is otherwise.

    Parameters
    ----------
    page
        What `render_plan_report` made.
    reason
        Why the exception.
    changes
        Policy entry, and its value before and after.
    signed
        Who signed, or has yet to, one line each.

    Notes
    -----
    A plan's folder is frozen by its hash, and its question knows nothing of signatures; so the notice is added where
    the report is handed out.
    """
    notice = render_page("exception.html.jinja", is_part=True, reason=reason, changes=changes, signed=signed)
    return page.replace(_BEFORE, notice.strip() + "\n" + _BEFORE, 1)
