"""The scripts of charts and maps, which the build makes; pages work without them."""

from __future__ import annotations

from django.templatetags.static import static

from evenhand.web.maps import BUNDLE


def find_script(name: str) -> str:
    """Return the address of a script, ``map`` or ``charts``; empty where it wasn't built."""
    if not (BUNDLE / f"{name}.js").is_file():
        return ""
    try:
        return static(f"web/bundle/{name}.js")
    except ValueError:  # built after the static files were collected
        return ""
