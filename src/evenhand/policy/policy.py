"""The policy: what a firm has agreed, entry by entry, and what differs between two of them."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads it when the program runs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from evenhand.foundation.errors import InputError
from evenhand.foundation.hashing import hash_values
from evenhand.foundation.spelling import say_nearest
from evenhand.policy.entries import DEFAULTS_EFFECTIVE_ON, list_in_force, plain
from evenhand.policy.sections import Entries
from evenhand.policy.validation import entry_views, overlay, validate_entries

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Provenance:
    """Since when an entry has its value, and who says so."""

    effective_on: dt.date
    source: str


@dataclass(frozen=True)
class Change:
    """An entry whose value differs between two policies."""

    path: str
    before: Any
    after: Any
    text: str


class Policy(Entries):
    """What a firm has agreed: every threshold and rule, each dated and sourced.

    The sections are attributes: ``policy.bands.potential``.

    Attributes
    ----------
    name
        The firm's name for it.
    provenance
        For the entries that the firm set itself: since when, and who says so.
    scenarios
        Named overlays: entries (nested by section) that a scenario sets otherwise.
    scenario
        Name of the overlay in force, or None.
    """

    name: str = "default"
    provenance: dict[str, Provenance] = Field(default_factory=dict)
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)
    scenario: str | None = None

    @classmethod
    def of(
        cls,
        values: Mapping[str, Any],
        *,
        name: str = "policy",
        provenance: Mapping[str, Provenance] | None = None,
        scenarios: Mapping[str, Mapping[str, Any]] | None = None,
        scenario: str | None = None,
    ) -> Self:
        """Make a policy of plain values nested by section; what isn't given has its default.

        Raises
        ------
        InputError
            With every unknown or out-of-range entry, by name.
        """
        entries = validate_entries(values)
        return cls(
            **{section: getattr(entries, section) for section in Entries.model_fields},
            name=name,
            provenance=dict(provenance or {}),
            scenarios={title: dict(changes) for title, changes in (scenarios or {}).items()},
            scenario=scenario,
        )

    @property
    def content_hash(self) -> str:
        """SHA-256 of the values in force, whatever their order or comments in the file.

        Entries added after a release count once they say something else than things were before.
        """
        sections = {name: list_in_force(getattr(self, name)) for name in Entries.model_fields}
        return hash_values({name: values for name, values in sections.items() if values})

    def tree(self) -> dict[str, Any]:
        """Return every value in force as plain values nested by section; "off" for what is off."""
        return {section: plain(getattr(self, section)) for section in Entries.model_fields}

    def values(self) -> dict[str, Any]:
        """Return every value in force by dotted name, in the order of the sections; "off" for what is off."""
        tree = self.tree()
        return {view.path: _follow(tree, view.path) for view in entry_views()}

    def origin(self, path: str) -> Provenance:
        """Return since when the entry has its value, and who says so."""
        if path in self.provenance:
            return self.provenance[path]
        return Provenance(DEFAULTS_EFFECTIVE_ON, next(view.source for view in entry_views() if view.path == path))

    def compare(self, other: Policy) -> tuple[Change, ...]:
        """Return the entries whose values differ in the other policy."""
        mine, theirs = self.values(), other.values()
        return tuple(
            Change(view.path, mine[view.path], theirs[view.path], view.text)
            for view in entry_views()
            if mine[view.path] != theirs[view.path]
        )

    def in_scenario(self, name: str) -> Policy:
        """Return this policy with one of its named overlays in force.

        Raises
        ------
        InputError
            If there is no such scenario.
        """
        if name not in self.scenarios:
            hint = say_nearest(name, self.scenarios)
            raise InputError({"scenario": f"the policy {self.name!r} has no scenario {name!r}.{hint}"})
        return self._again(overlay(self.tree(), self.scenarios[name]), scenario=name)

    def with_values(self, values: Mapping[str, Any]) -> Policy:
        """Return this policy with some entries set otherwise, by dotted name (``{"bands.potential": 0.2}``).

        Raises
        ------
        InputError
            If an entry is unknown or out of range; every such entry is named.
        """
        changes: dict[str, dict[str, Any]] = {}
        for path, value in values.items():
            section, _, name = path.partition(".")
            changes.setdefault(section, {})[name] = value
        return self._again(overlay(self.tree(), changes), scenario=self.scenario)

    def _again(self, values: Mapping[str, Any], *, scenario: str | None) -> Policy:
        return Policy.of(
            values, name=self.name, provenance=self.provenance, scenarios=self.scenarios, scenario=scenario
        )


def _follow(tree: Any, path: str) -> Any:
    for name in path.split("."):
        tree = tree[name]
    return tree
