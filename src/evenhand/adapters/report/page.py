"""Puts a page together: templates, style and script in one file that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evenhand._version import __version__
from evenhand.adapters.report.figures import (
    as_sentence,
    format_change,
    format_money,
    format_number,
    format_share,
)
from evenhand.diagnose.wording import say_count


def render_page(template: str, *, is_part: bool = False, **content: Any) -> str:
    """Render a template of this package as a self-contained page.

    Parameters
    ----------
    is_part
        Only what is between the page's head and foot, for a page of the workspace, which brings style and script.

    Notes
    -----
    Everything that comes from a book is escaped. Style and script are inline, and the page's own content security
    policy names their hashes: nothing else runs or is loaded, whatever an account is called.
    """
    environment = _environment()
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"default-src 'none'; style-src '{_source_hash(style)}'; script-src '{_source_hash(script)}'"
    return environment.get_template(template).render(
        version=__version__,
        layout="part.html.jinja" if is_part else "page.html.jinja",
        security_policy=f"{policy}; base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        **content,
    )


def take_part(page: str) -> str:
    """Return what is between the head and the foot of a page that `render_page` made, for a page of the workspace."""
    return page[page.index('<svg class="shapes"') : page.rindex("<script>")]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evenhand.adapters.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=format_number,
        money=format_money,
        share=format_share,
        change=format_change,
        sentence=as_sentence,
    )
    environment.globals["count"] = say_count
    return environment


@cache
def _asset(name: str) -> str:
    loader = _environment().loader
    if not isinstance(loader, PackageLoader):  # for the type checker; _environment() sets it
        raise TypeError(name)
    return loader.get_source(_environment(), name)[0]


def _source_hash(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
