"""What the codes of findings about a handoff mean."""

from __future__ import annotations

from evenhand.foundation.findings import CodeEntry

_ENTRIES = (
    CodeEntry(
        "HO101",
        "Deals of unknown stage",
        "Open deals of moved accounts have no stage number; they are taken for late ones.",
        "A late deal that changes hands by mistake may be lost; an early one that stays a while isn't.",
        "Map the stages to numbers in the mapping file and admit the data again.",
    ),
    CodeEntry(
        "HO102",
        "Nobody to hand over",
        "A seat that loses accounts has no rep on the day the handoff starts: the manager introduces the customers.",
        "Without the former rep there is no warm introduction, and nobody to keep late deals.",
        "Name a rep for the seat, or have the manager make the introductions.",
    ),
    CodeEntry(
        "HO103",
        "Nobody to receive",
        "A seat that gains accounts has no rep yet: the manager looks after them until one starts.",
        "Deals without an owner are dropped.",
        "Fill the seat before the handoff starts, or tell the manager.",
    ),
    CodeEntry(
        "HO104",
        "Nobody at all to receive",
        "A seat that gains accounts has neither a rep nor a manager above it: its deals stay where they are.",
        "A deal needs an owner on every day.",
        "Add coverage for the seat or for a group above it, and make the handoff again.",
    ),
    CodeEntry(
        "HO105",
        "Late deals of a rep who leaves",
        "A rep who keeps deals through close leaves before their deadline: they transfer on the day after.",
        "A deal can't stay with somebody who is gone.",
        "Nothing to do; the new owners have tasks for it.",
    ),
    CodeEntry(
        "HO106",
        "Families in parts",
        "Some accounts of a family move and others stay, so that its deals end up with two reps.",
        "The customer will speak to two people.",
        "Agree between the two reps who speaks to whom, or move the rest of the family by hand.",
    ),
    CodeEntry(
        "HO201",
        "More introductions than weeks",
        "Reps can't make all their introductions within the longest transition.",
        "Either the handoff drags on, or customers are handed over cold.",
        "Raise handoff.introductions_per_week or handoff.transition_weeks_high, or spread the moves over two cycles.",
    ),
)

CODES = {entry.code: entry for entry in _ENTRIES}
