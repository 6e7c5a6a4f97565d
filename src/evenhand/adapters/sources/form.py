"""What a person fills in to connect a system: one table a vendor, from which pages and commands ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from evenhand.app.ports import RecordSource, RecordTarget
    from evenhand.book.mapping import Stage
    from evenhand.foundation.secret import Secret


@dataclass(frozen=True)
class FormField:
    """A thing to fill in.

    Attributes
    ----------
    is_secret
        Asked for without echo, kept encrypted, never shown again.
    choices
        The values allowed; empty for any.
    only_if
        Other settings that it belongs to, such as ``{"flow": "jwt"}``; empty for always.
    """

    name: str
    label: str
    text: str
    is_secret: bool = False
    is_required: bool = True
    choices: tuple[str, ...] = ()
    default: str = ""
    only_if: Mapping[str, str] = field(default_factory=dict)

    def belongs_to(self, said: Mapping[str, str]) -> bool:
        """Say whether it is asked for, given what was filled in so far."""
        return all(said.get(name) == value for name, value in self.only_if.items())


@dataclass(frozen=True)
class Vendor:
    """A system that can be connected.

    Attributes
    ----------
    form
        What is filled in, in order.
    scopes
        The least that its user or app must be allowed, in the vendor's words; shown beside the form.
    open
        Makes a source of the settings and secrets; InputError naming what is missing.
    shape
        Makes the source tables that a mapping reads of the records kept.
    first_mapping
        The mapping file (text) that fits those tables, for a connection that has none of its own yet.
    stages
        The stages that there are, in the system's order, as a mapping has them; empty where it can't tell.
    open_target
        Makes what changes are written to; None where nothing can be written.
    """

    name: str
    label: str
    form: tuple[FormField, ...]
    scopes: tuple[str, ...]
    open: Callable[[Mapping[str, str], Mapping[str, Secret]], RecordSource]
    shape: Callable[[Mapping[str, pl.LazyFrame]], dict[str, pl.LazyFrame]]
    first_mapping: Callable[[Mapping[str, pl.LazyFrame]], str]
    stages: Callable[[Mapping[str, pl.LazyFrame]], Mapping[str, Stage]]
    open_target: Callable[[Mapping[str, str], Mapping[str, Secret]], RecordTarget] | None = None
