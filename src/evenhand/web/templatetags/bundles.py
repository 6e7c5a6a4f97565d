"""The scripts of charts and maps in templates."""

from __future__ import annotations

from django import template

from evenhand.web.bundles import find_script

register = template.Library()


@register.simple_tag
def bundled(name: str) -> str:
    """Return the address of a script, ``map`` or ``charts``; empty where it wasn't built."""
    return find_script(name)
