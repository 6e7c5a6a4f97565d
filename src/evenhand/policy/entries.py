"""How one entry of the policy is declared, and how it is read back for people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

DEFAULTS_EFFECTIVE_ON = dt.date(2026, 10, 1)
DEFAULTS_SOURCE = "Evenhand's default policy"
NOTHING: Any = object()
"""Where no value is said, since None is one."""


class Section(BaseModel):
    """A group of entries; an entry that isn't declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False, validate_default=True)


def entry(
    default: Any,
    text: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    source: str = DEFAULTS_SOURCE,
    optional: bool = False,
    as_before: Any = NOTHING,
) -> Any:
    """Declare an entry of a section.

    Parameters
    ----------
    default
        Its value where the firm sets none.
    text
        What it does, in the words of those who live with it.
    unit
        Of the value: share, days, hours, km …
    low, high
        Range allowed, both ends included.
    source
        Who says so: the default policy, a paper, a practice.
    optional
        True where "off" switches the entry off.
    as_before
        For an entry added after a release: the value with which everything is as it was before. An entry that has it
        is left out of the policy's hash, so that plans and signatures of before stay valid (ADR 0023).
    """
    limits: dict[str, Any] = {}
    if low is not None:
        limits["ge"] = low
    if high is not None:
        limits["le"] = high
    extra: dict[str, Any] = {"unit": unit, "source": source, "optional": optional}
    if as_before is not NOTHING:
        extra["as_before"] = plain(as_before)
    if callable(default):
        return Field(default_factory=default, description=text, json_schema_extra=extra, **limits)
    return Field(default=default, description=text, json_schema_extra=extra, **limits)


@dataclass(frozen=True)
class EntryView:
    """One entry as people see it.

    Attributes
    ----------
    path
        Dotted name, for instance ``bands.potential``.
    allowed
        The range or the choices, in words.
    """

    path: str
    text: str
    unit: str
    default: Any
    allowed: str
    source: str


def iterate_entries(model: type[BaseModel], prefix: str = "") -> Iterator[EntryView]:
    """Yield every entry declared in a model and the sections within it, in order."""
    for name, info in model.model_fields.items():
        path = f"{prefix}{name}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, Section) and not info.json_schema_extra:
            yield from iterate_entries(info.annotation, f"{path}.")
        else:
            yield _view(path, info)


def plain(value: Any) -> Any:
    """Turn a value into what TOML and JSON can hold; None becomes "off", and in the items of a list is left out."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_given(plain(item)) for item in value]
    return "off" if value is None else value


def list_in_force(section: BaseModel) -> dict[str, Any]:
    """Return the plain values of a section that say more than the releases before them did, see `entry`."""
    said: dict[str, Any] = {}
    for name, info in type(section).model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        value = getattr(section, name)
        if isinstance(value, Section) and not extra:
            inner = list_in_force(value)
            if inner:
                said[name] = inner
        elif "as_before" not in extra or plain(value) != extra["as_before"]:
            said[name] = plain(value)
    return said


def _given(item: Any) -> Any:
    return {name: value for name, value in item.items() if value != "off"} if isinstance(item, dict) else item


def _view(path: str, info: FieldInfo) -> EntryView:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    default = plain(info.get_default(call_default_factory=True, validated_data={}))
    return EntryView(
        path=path,
        text=info.description or "",
        unit=str(extra.get("unit", "")),
        default=default,
        allowed=_allowed(info, optional=bool(extra.get("optional"))),
        source=str(extra.get("source", DEFAULTS_SOURCE)),
    )


def _allowed(info: FieldInfo, *, optional: bool) -> str:
    low = next((limit.ge for limit in info.metadata if hasattr(limit, "ge")), None)
    high = next((limit.le for limit in info.metadata if hasattr(limit, "le")), None)
    choices = getattr(info.annotation, "__args__", ()) if "Literal" in repr(info.annotation) else ()
    words = ""
    if choices:
        words = ", ".join(str(choice) for choice in choices)
    elif low is not None and high is not None:
        words = f"{low:g} to {high:g}"
    elif low is not None:
        words = f"{low:g} or more"
    elif high is not None:
        words = f"{high:g} or less"
    elif info.annotation is bool:
        words = "true, false"
    return f"{words}, or off" if optional and words else words
