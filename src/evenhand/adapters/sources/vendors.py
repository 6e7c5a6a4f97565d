"""The systems that can be connected, by name: where each one's `VENDOR` is, and which extra it needs."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.adapters.sources.form import Vendor

VENDORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "hubspot": ("evenhand.adapters.sources.hubspot.vendor", "hubspot"),
        "salesforce": ("evenhand.adapters.sources.salesforce.vendor", "salesforce"),
        "sql": ("evenhand.adapters.sources.sql.vendor", "sql"),
    }
)


def load_vendor(name: str) -> Vendor:
    """Return a vendor by name.

    Raises
    ------
    InputError
        Where there is none of that name, or its libraries aren't installed.
    """
    if name not in VENDORS:
        raise InputError({"vendor": f"there is no vendor {name!r}.{say_nearest(name, VENDORS)}"})
    module, extra = VENDORS[name]
    try:
        vendor: Vendor = import_module(module).VENDOR
    except ModuleNotFoundError as error:
        raise InputError({"vendor": f"{name} needs {error.name}: pip install 'evenhand[{extra}]'"}) from None
    return vendor
