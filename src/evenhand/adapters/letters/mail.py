"""A letter as a mail: HTML that mail programs show alike, with every style in its place and nothing to fetch."""

from __future__ import annotations

import html
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from evenhand.adapters.letters.blocks import open_markdown

if TYPE_CHECKING:
    from evenhand.adapters.letters.writing import Written

_PLACE = re.compile(r"\[(language|direction|start|subject|body|origin)\]")
_LINE = "border-bottom:1px solid #d6dce4;padding:6px 12px 6px 0;vertical-align:top;"
_STYLES = {
    "h1": "margin:0 0 16px;font-size:22px;line-height:28px;font-weight:700;",
    "h2": "margin:28px 0 8px;font-size:17px;line-height:24px;font-weight:700;",
    "h3": "margin:20px 0 6px;font-size:15px;line-height:22px;font-weight:700;",
    "p": "margin:0 0 12px;",
    "ul": "margin:0 0 12px;padding:0 0 0 20px;",
    "ol": "margin:0 0 12px;padding:0 0 0 20px;",
    "li": "margin:0 0 4px;",
    "table": "width:100%;border-collapse:collapse;margin:0 0 12px;font-size:14px;line-height:20px;",
    "th": f"{_LINE}text-align:start;color:#5a6675;font-weight:600;",
    "td": f"{_LINE}text-align:start;",
    "hr": "border:0;border-top:1px solid #d6dce4;margin:28px 0 0;",
    "a": "color:#1f5fbf;",
}
"""Styles stand with each element: some mail programs drop a style sheet."""

_CLASSES = {"th": "quiet line", "td": "line", "a": "link"}
"""What the style sheet changes where the reader's mail is dark."""


def render_mail(written: Written, language: str, direction: str, *, is_ours: bool) -> str:
    """Return a letter as the HTML of a mail.

    Parameters
    ----------
    direction
        "ltr" or "rtl".
    is_ours
        False for what leaves the firm: a customer's mail has no heading and doesn't name the records behind it.

    Notes
    -----
    MJML lays it out (mrml makes tables of it for those programs that know nothing else). HTML within the Markdown is
    shown, not obeyed, and pictures aren't fetched.
    """
    import mrml  # noqa: PLC0415 - an extra

    origin = ""
    if is_ours and written.sources:
        rows = "".join(
            f'<p style="margin:0 0 4px;"><b>{html.escape(table)}</b>: {html.escape("; ".join(figures))}</p>'
            for table, figures in written.by_table()
        )
        origin = (
            '<mj-divider border-width="1px" border-color="#d6dce4" padding="8px 24px 16px" css-class="rule"/>'
            '<mj-text css-class="quiet" color="#5a6675" font-size="12px" line-height="17px">'
            f'<p style="margin:0 0 4px;">{html.escape(written.origin)}</p>{rows}</mj-text>'
        )
    parts = {
        "language": html.escape(language),
        "direction": direction,
        "start": "right" if direction == "rtl" else "left",
        "subject": html.escape(written.subject),
        "body": _style(written.markdown if is_ours else written.body),
        "origin": origin,
    }
    return str(mrml.to_html(_PLACE.sub(lambda place: parts[place[1]], _layout())).content)


def _style(markdown: str) -> str:
    reader = open_markdown()
    tokens = reader.parse(markdown)
    for token in [one for outer in tokens for one in (outer, *(outer.children or ()))]:
        if token.nesting < 0 or token.tag not in _STYLES:
            continue
        token.attrSet("style", _STYLES[token.tag] + str(token.attrGet("style") or ""))
        if token.tag in _CLASSES:
            token.attrSet("class", _CLASSES[token.tag])
    return str(reader.renderer.render(tokens, reader.options, {}))


@cache
def _layout() -> str:
    return (files("evenhand.adapters.letters") / "templates" / "mail.mjml").read_text(encoding="utf-8")
