"""Letters in every form: page, PDF, and plain text for mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.adapters.letters.paper import Printer, list_blocks, render_html
from evenhand.adapters.letters.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping


_LETTER_PAPER = ("CA", "MX", "PH", "US")
"""Where letters are printed on US Letter (CLDR, paperSize); elsewhere on A4."""


class Press:
    """Makes letters of facts; see `evenhand.app.ports.LetterPress`."""

    def __init__(self, currency: str, locale: str, templates: Mapping[str, str]) -> None:
        self._writer = Writer(currency, locale, templates)
        self._language, _, country = locale.partition("_")
        self._paper = "us-letter" if country in _LETTER_PAPER else "a4"
        self._printer: Printer | None = None

    def html(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return it as a page."""
        return render_html(self._writer.write(name, facts), self._language).encode()

    def pdf(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return it as PDF."""
        self._printer = self._printer or Printer(self._language, self._paper)
        return self._printer.print(self._writer.write(name, facts))

    def text(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return it as text, the subject in the first line."""
        paragraphs = []
        for block in list_blocks(self._writer.write(name, facts).markdown):
            if block["kind"] == "table":
                paragraphs += ["\n".join(" | ".join(_plain(cell["runs"]) for cell in row) for row in block["rows"])]
            elif block["kind"] == "list":
                paragraphs += ["\n".join(f"- {_plain(item)}" for item in block["items"])]
            else:
                paragraphs += [_plain(block["runs"])]
        return ("\n\n".join(paragraphs) + "\n").encode()


def _plain(runs: list[dict[str, Any]]) -> str:
    return "".join(run["text"] for run in runs)
