"""Letters in every form: page, PDF, and mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from babel.core import Locale

from evenhand.adapters.letters.blocks import write_text
from evenhand.adapters.letters.mail import render_mail
from evenhand.adapters.letters.paper import Printer, render_html
from evenhand.adapters.letters.timeline_page import render_timeline
from evenhand.adapters.letters.writing import Writer
from evenhand.app.ports import Mail

if TYPE_CHECKING:
    from collections.abc import Mapping


_LETTER_PAPER = ("CA", "MX", "PH", "US")
"""Where letters are printed on US Letter (CLDR, paperSize); elsewhere on A4."""

_TO_CUSTOMERS = ("introduction",)
"""What leaves the firm: it doesn't name the records that it was made from."""


class Press:
    """Makes letters of facts; see `evenhand.app.ports.LetterPress`."""

    def __init__(self, currency: str, locale: str, templates: Mapping[str, str]) -> None:
        self._writer = Writer(currency, locale, templates)
        spoken = Locale.parse(locale)
        self._language, self._direction = spoken.language, spoken.text_direction
        self._paper = "us-letter" if spoken.territory in _LETTER_PAPER else "a4"
        self._printer: Printer | None = None

    def html(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return it as a page."""
        return render_html(self._writer.write(name, facts), self._language, self._direction).encode()

    def pdf(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return it as PDF."""
        self._printer = self._printer or Printer(self._language, self._paper)
        return self._printer.print(self._writer.write(name, facts))

    def text(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return it as text, the subject in the first line."""
        return write_text(self._writer.write(name, facts).markdown).encode()

    def timeline(self, facts: Mapping[str, Any]) -> bytes:
        """Return the timeline of a handoff as a page."""
        return render_timeline(facts, self._language, self._direction, self._writer.show).encode()

    def mail(self, name: str, facts: Mapping[str, Any]) -> Mail:
        """Return it as a mail."""
        written = self._writer.write(name, facts)
        page = render_mail(written, self._language, self._direction, is_ours=name not in _TO_CUSTOMERS)
        return Mail(written.subject, write_text(written.body), page)
