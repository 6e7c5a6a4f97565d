"""Puts a letter's text on a page: HTML that needs nothing else, and PDF."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from evenhand.adapters.letters.writing import Written


def render_html(written: Written, language: str) -> str:
    """Return a letter as a page: no script, nothing loaded, and at its end where each figure comes from.

    Notes
    -----
    HTML within the Markdown is shown, not obeyed.
    """
    style = _asset("letter.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    sources = "".join(
        f"<dt>{html.escape(shown)}</dt><dd>{html.escape(source)}</dd>" for shown, source in written.sources
    )
    origin = f"<details><summary>Where each figure comes from</summary><dl>{sources}</dl></details>" if sources else ""
    return (
        f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        f"<title>{html.escape(written.subject)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"{_markdown().render(written.markdown)}{origin}</main>\n</body>\n</html>\n"
    )


class Printer:
    """Makes PDFs.

    Notes
    -----
    Typst sets the page; it is given a letter's blocks as data, so that nothing in a letter is read as markup.
    """

    def __init__(self, language: str, paper: str) -> None:
        import typst  # noqa: PLC0415 - an extra

        self._compiler = typst.Compiler()
        self._typst = typst
        self._language, self._paper = language, paper

    def print(self, written: Written) -> bytes:
        """Return a letter as PDF."""
        letter = {
            "title": written.subject,
            "language": self._language,
            "paper": self._paper,
            "blocks": list_blocks(written.markdown),
        }
        pdf: bytes = self._typst.compile(_asset("letter.typ").encode(), sys_inputs={"letter": json.dumps(letter)})
        return pdf


def list_blocks(markdown: str) -> list[dict[str, Any]]:
    """Return a text as blocks: heading, paragraph, list and table, each with runs of plain and strong text.

    Notes
    -----
    What letters use of Markdown; anything else is kept as its plain text.
    """
    tokens = _markdown().parse(markdown)
    blocks: list[dict[str, Any]] = []
    rows: list[list[dict[str, Any]]] | None = None
    items: list[list[dict[str, Any]]] | None = None
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open" and rows is not None:
            rows.append([])
        elif token.type == "table_close":
            blocks.append({"kind": "table", "rows": rows})
            rows = None
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            items = []
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            blocks.append({"kind": "list", "items": items})
            items = None
        elif token.type == "inline" and before is not None:
            runs = _runs(token.children or [])
            if rows is not None:
                right = "right" in str(before.attrGet("style") or "")
                rows[-1].append({"runs": runs, "align": "right" if right else "left"})
            elif items is not None:
                items.append(runs)
            elif before.type == "heading_open":
                blocks.append({"kind": "heading", "level": int(before.tag[1:]), "runs": runs})
            else:
                blocks.append({"kind": "paragraph", "runs": runs})
    return blocks


def _runs(tokens: Sequence[Token]) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = []
    is_strong = False
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            is_strong = token.type == "strong_open"
        elif token.type in ("softbreak", "hardbreak"):
            runs.append({"text": " ", "strong": is_strong})
        elif token.content:
            runs.append({"text": token.content, "strong": is_strong})
    return runs


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def _asset(name: str) -> str:
    return (files("evenhand.adapters.letters") / "templates" / name).read_text(encoding="utf-8")
