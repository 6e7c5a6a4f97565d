"""Puts a letter's text on a page: HTML that needs nothing else, and PDF."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from evenhand.adapters.letters.blocks import list_blocks, open_markdown

if TYPE_CHECKING:
    from evenhand.adapters.letters.writing import Written


def render_html(written: Written, language: str, direction: str) -> str:
    """Return a letter as a page: no script, nothing loaded, and at its end where each figure comes from.

    Notes
    -----
    HTML within the Markdown is shown, not obeyed.
    """
    style = read_asset("letter.css")
    digest = digest_of(style)
    sources = "".join(
        f"<dt>{html.escape(table)}</dt>" + "".join(f"<dd>{html.escape(figure)}</dd>" for figure in figures)
        for table, figures in written.by_table()
    )
    origin = f"<details><summary>{html.escape(written.origin)}</summary><dl>{sources}</dl></details>" if sources else ""
    return (
        f'<!doctype html>\n<html lang="{html.escape(language)}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        f"<title>{html.escape(written.subject)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"{open_markdown().render(written.markdown)}{origin}</main>\n</body>\n</html>\n"
    )


_SHORT_LISTS = 16
"""Lines of lists, headings among them, that don't get a page of their own."""


class Printer:
    """Makes PDFs.

    Notes
    -----
    Typst sets the page; it is given a letter's blocks as data, so that nothing in a letter is read as markup.
    """

    def __init__(self, language: str, paper: str) -> None:
        import typst  # noqa: PLC0415 - an extra

        # One compiler for all letters: each looks up the fonts anew.
        self._compiler = typst.Compiler()
        self._language, self._paper = language, paper

    def print(self, written: Written) -> bytes:
        """Return a letter as PDF."""
        letter = {
            "title": written.subject,
            "language": self._language,
            "paper": self._paper,
            "blocks": keep_short_lists(list_blocks(written.markdown)),
        }
        layout = read_asset("letter.typ").encode()
        pdf: Any = self._compiler.compile(layout, sys_inputs={"letter": json.dumps(letter)})
        return bytes(pdf)


def keep_short_lists(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the page break before lists of a few lines: where there is room they stand on the letter's own page."""
    place = next((i for i, block in enumerate(blocks) if block["kind"] == "break"), None)
    if place is None:
        return blocks
    n_lines = sum(len(block.get("rows", ())) + len(block.get("items", ())) + 1 for block in blocks[place + 1 :])
    return blocks if n_lines > _SHORT_LISTS else blocks[:place] + blocks[place + 1 :]


def digest_of(style: str) -> str:
    """Return what a page's policy allows a style sheet by."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


@cache
def read_asset(name: str) -> str:
    """Return the text of a style sheet or a layout."""
    return (files("evenhand.adapters.letters") / "templates" / name).read_text(encoding="utf-8")
