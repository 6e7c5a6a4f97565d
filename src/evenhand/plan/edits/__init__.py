"""Changes by hand: what a person decides about single accounts, what it does to the plan, and how to mend it."""

from __future__ import annotations

from evenhand.plan.edits.edit import Edit, exclude, lock, move, move_alone, parse_edit

__all__ = ["Edit", "exclude", "lock", "move", "move_alone", "parse_edit"]
