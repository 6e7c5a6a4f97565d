"""Where templates are filled: they see their facts and nothing else, and come to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import TemplateRuntimeError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jinja2.runtime import Context

MOST_ROUNDS = 2_000_000
"""So many rounds may all loops of one letter go; the longest letter of a firm of a million accounts needs fewer."""

_LONGEST = 1_000_000


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, whose loops and texts can't grow without end.

    Notes
    -----
    Jinja's own sandbox keeps a template from reaching anything but its facts, not from taking for ever: two loops, one
    within the other, over the longest range it allows would run for hours. So every loop counts its rounds.
    """

    intercepted_binops = frozenset(["*", "**"])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters["counted_rounds"] = self._count_rounds
        self._n_rounds = 0

    def start(self) -> None:
        """Begin another letter."""
        self._n_rounds = 0

    def _generate(self, source: nodes.Template, *rest: Any, **more: Any) -> str:
        for loop in source.find_all(nodes.For):
            if not loop.recursive:
                loop.iter = nodes.Filter(loop.iter, "counted_rounds", [], [], None, None, lineno=loop.lineno)
        return super()._generate(source, *rest, **more)

    def _count_rounds(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._n_rounds += 1
            if self._n_rounds > MOST_ROUNDS:
                raise TemplateRuntimeError(f"its loops go more than {MOST_ROUNDS:,} rounds")
            yield item

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply numbers; texts and lists aren't, and powers are left out."""
        if operator == "**" or not all(
            isinstance(one, int | float) and abs(one) < _LONGEST**3 for one in (left, right)
        ):
            raise TemplateRuntimeError(f"{operator} is for numbers of moderate size alone")
        return super().call_binop(context, operator, left, right)
