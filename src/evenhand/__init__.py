"""Evenhand rebalances sales territories with the fewest, gentlest account moves, and proves it.

>>> import evenhand as eh
>>> book, findings = eh.admit("exports/2026-Q4")  # doctest: +SKIP
>>> diagnosis = eh.diagnose(book)  # doctest: +SKIP
>>> plan = eh.plan(book, events=[eh.NewHire("T99", capacity_share=0.5)])  # doctest: +SKIP
>>> eh.check(plan, book).holds  # doctest: +SKIP
True
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from evenhand._version import __version__

if TYPE_CHECKING:
    from evenhand.api import (
        admit,
        check,
        compare,
        diagnose,
        edit,
        frontier,
        plan,
        read_book,
        read_policy,
        scenarios,
        write_book,
        write_plan,
    )
    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.foundation.errors import InputError, Refusal, SourceError
    from evenhand.foundation.findings import Finding
    from evenhand.plan.events import (
        Graduation,
        Layoff,
        MarketExpansion,
        Merge,
        NewHire,
        NewProduct,
        RepLeft,
        Split,
    )
    from evenhand.plan.frontier import Frontier
    from evenhand.plan.plan import Plan
    from evenhand.plan.scenarios import Scenario
    from evenhand.policy import Policy

_WHERE = {
    "evenhand.api": (
        "admit",
        "check",
        "compare",
        "diagnose",
        "edit",
        "frontier",
        "plan",
        "read_book",
        "read_policy",
        "scenarios",
        "write_book",
        "write_plan",
    ),
    "evenhand.book.book": ("Book",),
    "evenhand.diagnose.diagnosis": ("Diagnosis",),
    "evenhand.foundation.errors": ("InputError", "Refusal", "SourceError"),
    "evenhand.foundation.findings": ("Finding",),
    "evenhand.plan.events": (
        "Graduation",
        "Layoff",
        "MarketExpansion",
        "Merge",
        "NewHire",
        "NewProduct",
        "RepLeft",
        "Split",
    ),
    "evenhand.plan.frontier": ("Frontier",),
    "evenhand.plan.plan": ("Plan",),
    "evenhand.plan.scenarios": ("Scenario",),
    "evenhand.policy": ("Policy",),
}
_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "Book",
    "Diagnosis",
    "Finding",
    "Frontier",
    "Graduation",
    "InputError",
    "Layoff",
    "MarketExpansion",
    "Merge",
    "NewHire",
    "NewProduct",
    "Plan",
    "Policy",
    "Refusal",
    "RepLeft",
    "Scenario",
    "SourceError",
    "Split",
    "__version__",
    "admit",
    "check",
    "compare",
    "diagnose",
    "edit",
    "frontier",
    "plan",
    "read_book",
    "read_policy",
    "scenarios",
    "write_book",
    "write_plan",
]


class _Room(ModuleType):
    """A room that has the name of one of the functions: calling it calls the function."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        name = self.__name__.rpartition(".")[2]
        return getattr(import_module(_MODULE_OF[name]), name)(*args, **options)


class _FrontDoor(ModuleType):
    """The package itself: loads what is asked for and nothing else, as the libraries underneath take a second.

    Importing a room (``evenhand.plan``) puts it in the place of the function of that name, so it is made callable.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in _MODULE_OF:
            message = f"module 'evenhand' has no attribute {name!r}"
            raise AttributeError(message)
        module = import_module(_MODULE_OF[name])
        if name not in self.__dict__:
            setattr(self, name, getattr(module, name))
        return self.__dict__[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _MODULE_OF and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _FrontDoor
