"""The timeline of a handoff as a page of its own: phases, introductions by week, and the list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from evenhand.adapters.letters.paper import digest_of, read_asset
from evenhand.handoff.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def render_timeline(facts: Mapping[str, Any], language: str, direction: str, show: Callable[[Figure], str]) -> str:
    """Return the page: no script, nothing fetched; names from records are shown, not obeyed.

    Parameters
    ----------
    facts
        Of `evenhand.handoff.chart.chart_timeline`.
    show
        Writes a figure as the locale does.
    """
    environment = Environment(
        loader=PackageLoader("evenhand.adapters.letters", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: show(value) if isinstance(value, Figure) else value,
    )
    environment.filters["short"] = lambda figure: show(replace(figure, unit="short day"))
    style = read_asset("letter.css")
    page = environment.get_template("timeline.html.jinja")
    return page.render(facts, language=language, direction=direction, style=style, digest=digest_of(style))
