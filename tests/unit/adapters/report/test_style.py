"""The page can be read in light and dark: contrasts of WCAG 2.2, level AA."""

import re
from importlib import resources

import pytest

STYLE = resources.files("evenhand.adapters.report").joinpath("templates", "report.css").read_text("utf-8")
THEMES = dict(zip(("light", "dark"), re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2], strict=True))
LEAST_FOR_TEXT, LEAST_FOR_MARKS = 4.5, 3.0


def luminance(colour):
    """Relative luminance of #rrggbb."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_contrasts(theme):
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", THEMES[theme]))
    for text in ("ink", "soft", "accent", "good", "bad", "low", "medium", "high"):
        assert contrast(colours[text], colours["paper"]) >= LEAST_FOR_TEXT, text
    for text in ("ink", "soft", "accent"):
        assert contrast(colours[text], colours["ground"]) >= LEAST_FOR_TEXT, text
    for mark in ("accent", "bad", "soft"):
        assert contrast(colours[mark], colours["band"]) >= LEAST_FOR_MARKS, mark
    for mark in ("focus", "way", "target"):
        assert contrast(colours[mark], colours["paper"]) >= LEAST_FOR_MARKS, mark


def test_every_colour_in_use_is_declared_for_both_themes():
    used = {name for name in re.findall(r"var\(--([\w-]+)\)", STYLE) if not name.startswith("strip-")}
    for theme, block in THEMES.items():
        assert used <= set(re.findall(r"--([\w-]+):", block)), theme
    assert re.search(r"prefers-reduced-motion", STYLE)
    assert not re.search(r"url\(|@import", STYLE)
