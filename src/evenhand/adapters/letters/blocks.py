"""A letter's text as blocks, for what is no page: PDF and plain text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token


_LISTS = ("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close")


@cache
def open_markdown() -> MarkdownIt:
    """Return the reader of every letter: tables, but neither HTML nor pictures, which would be fetched."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def list_blocks(markdown: str) -> list[dict[str, Any]]:
    """Return a text as blocks: heading, paragraph, list and table, each with runs of plain and strong text, and break.

    Notes
    -----
    What letters use of Markdown; of anything else the plain text is kept. Lists within lists are one list.
    """
    tokens = open_markdown().parse(markdown)
    blocks: list[dict[str, Any]] = []
    n_lists = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type in _LISTS:
            if not n_lists and token.nesting > 0:
                blocks.append({"kind": "list", "items": []})
            n_lists += token.nesting
        elif token.type == "table_open":
            blocks.append({"kind": "table", "rows": []})
        elif token.type == "tr_open":
            blocks[-1]["rows"].append([])
        elif token.type == "hr":
            blocks.append({"kind": "break"})
        elif token.type in ("fence", "code_block"):
            blocks.append({"kind": "paragraph", "runs": [_run(token.content.rstrip("\n"))]})
        elif token.type == "inline" and before is not None:
            runs = _runs(token.children or [])
            if before.type in ("th_open", "td_open"):
                right = "right" in str(before.attrGet("style") or "")
                blocks[-1]["rows"][-1].append({"runs": runs, "align": "right" if right else "left"})
            elif n_lists and blocks[-1]["kind"] == "list":
                blocks[-1]["items"].append(runs)
            elif before.type == "heading_open":
                blocks.append({"kind": "heading", "level": int(before.tag[1:]), "runs": runs})
            else:
                blocks.append({"kind": "paragraph", "runs": runs})
    return blocks


def write_text(markdown: str) -> str:
    """Return a text as plain text for a mail: a list with dashes, a table with its columns below one another."""
    paragraphs = []
    for block in list_blocks(markdown):
        if block["kind"] == "table":
            paragraphs.append(_align(block["rows"]))
        elif block["kind"] == "list":
            paragraphs.append("\n".join(f"- {_plain(item)}" for item in block["items"]))
        elif block["kind"] != "break":
            paragraphs.append(_plain(block["runs"]))
    return "\n\n".join(paragraphs) + "\n"


def _align(rows: Sequence[Sequence[dict[str, Any]]]) -> str:
    texts = [[_plain(cell["runs"]) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if cell["align"] == "right" else text.ljust(width)
            for text, cell, width in zip(line, row, widths, strict=True)
        ).rstrip()
        for line, row in zip(texts, rows, strict=True)
        if any(line)
    )


def _plain(runs: Sequence[dict[str, Any]]) -> str:
    """Return runs as text, each link with its address behind it."""
    said = []
    for run, following in zip(runs, [*runs[1:], None], strict=False):
        said.append(run["text"])
        href = run["href"]
        if href and (following is None or following["href"] != href) and href != run["text"]:
            said.append(f" ({href})")
    return "".join(said)


def _run(text: str, *, strong: bool = False, href: str = "") -> dict[str, Any]:
    return {"text": text, "strong": strong, "href": href}


def _runs(tokens: Sequence[Token]) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = []
    is_strong, href = False, ""
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            is_strong = token.type == "strong_open"
        elif token.type in ("link_open", "link_close"):
            href = str(token.attrGet("href") or "") if token.type == "link_open" else ""
        elif token.type in ("softbreak", "hardbreak"):
            runs.append(_run(" ", strong=is_strong, href=href))
        elif token.content:
            runs.append(_run(token.content, strong=is_strong, href=href))
    return runs
