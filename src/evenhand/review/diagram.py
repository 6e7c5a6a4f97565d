"""The states of a review as a picture and as a table, drawn from the rules themselves."""

from __future__ import annotations

from html import escape

from evenhand.review.permission import CODE_OF_NEED
from evenhand.review.states import RULES, Action, Stage

_WIDTH, _HEIGHT, _GAP = 118, 44, 96
_ROW = (Stage.DRAFT, Stage.IN_REVIEW, Stage.APPROVED, Stage.PUBLISHED, Stage.CLOSED)
_TOP, _LEFT = 84, 12
_BELOW = _TOP + 170
_STYLE = (
    "<style>:root{--ink:#1a2233;--box:#eef2f8;--line:#5b6b85}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8edf5;--box:#243047;--line:#9fb0cc}}"
    "text{fill:var(--ink)}rect{fill:var(--box);stroke:var(--line)}path{fill:none;stroke:var(--line)}"
    "marker path{fill:var(--line);stroke:none}</style>"
)
_ARROW = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 8 4 0 8z"/></marker></defs>'
)


def list_edges() -> list[tuple[Stage, Stage, Action]]:
    """List every change of stage: from, to, by which action."""
    return [(stage, rule.to, action) for action, rule in RULES.items() if rule.to for stage in rule.stages]


def draw_states() -> str:
    """Draw the stages and what leads from one to the other, as SVG that follows the reader's light or dark theme."""
    width = _LEFT * 2 + len(_ROW) * _WIDTH + (len(_ROW) - 1) * _GAP
    box = f"0 0 {width} {_BELOW + _HEIGHT + 16}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-labelledby="t" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    parts = [head, '<title id="t">The states of a review</title>', _STYLE, _ARROW]
    parts += [_draw_box(stage, *_place(stage)) for stage in Stage]
    parts += [_draw_edge(*edge) for edge in list_edges()]
    return "\n".join([*parts, "</svg>", ""])


def tabulate_rules() -> str:
    """Tabulate every action in Markdown: who may, when, what has to hold, who is told."""
    lines = [
        "| action | who | while it is | then it is | what has to hold | who is told |",
        "|---|---|---|---|---|---|",
    ]
    for action, rule in RULES.items():
        codes = [(need, CODE_OF_NEED[need]) for need in rule.needs]
        needs = "; ".join(f"{need} ([{code}](../reference/codes.md#{code.lower()}))" for need, code in codes)
        told = "; ".join(rule.tells)
        cells = (
            f"**{action}**: {rule.does}",
            " or ".join(rule.who),
            " or ".join(rule.stages),
            rule.to or "",
            needs,
            told,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _place(stage: Stage) -> tuple[int, int]:
    if stage is Stage.WITHDRAWN:
        return _LEFT + _ROW.index(Stage.IN_REVIEW) * (_WIDTH + _GAP), _BELOW
    return _LEFT + _ROW.index(stage) * (_WIDTH + _GAP), _TOP


def _draw_box(stage: Stage, x: int, y: int) -> str:
    middle = f'x="{x + _WIDTH // 2}" y="{y + _HEIGHT // 2 + 5}" text-anchor="middle" font-weight="600"'
    return f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/><text {middle}>{escape(stage)}</text>'


def _draw_edge(source: Stage, target: Stage, action: Action) -> str:
    (x, y), (to_x, to_y) = _place(source), _place(target)
    if target is Stage.WITHDRAWN:
        start, end = x + _WIDTH // 2, to_x + _WIDTH // 2 + (x - to_x) // 8
        label = f'x="{(start + end) // 2 + 6}" y="{(_TOP + _HEIGHT + _BELOW) // 2}"'
        path = f"M{start} {y + _HEIGHT} {end} {to_y}"
    elif to_x > x:
        label = f'x="{(x + _WIDTH + to_x) // 2}" y="{y + _HEIGHT // 2 - 8}" text-anchor="middle"'
        path = f"M{x + _WIDTH} {y + _HEIGHT // 2}H{to_x}"
    else:
        start, end = x + _WIDTH // 2 - 10, to_x + _WIDTH // 2 + 10
        label = f'x="{(start + end) // 2}" y="{_TOP - 44}" text-anchor="middle"'
        path = f"M{start} {y}C{start} {_TOP - 50} {end} {_TOP - 50} {end} {to_y}"
    return f'<path d="{path}" marker-end="url(#a)"/><text {label}>{escape(action)}</text>'
