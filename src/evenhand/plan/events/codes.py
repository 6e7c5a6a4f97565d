"""What the codes of findings about events mean."""

from __future__ import annotations

from evenhand.foundation.findings import CodeEntry

_NOTHING = "Nothing to do; it is there to be told to whom it concerns."

CODES: dict[str, CodeEntry] = {
    entry.code: entry
    for entry in (
        CodeEntry(
            "PL150",
            "A territory was carved",
            "A new hire's territory was filled to the ramped share from the most loaded, low grades first.",
            "Those who give want to know why they, and how much.",
            _NOTHING,
        ),
        CodeEntry(
            "PL151",
            "Accounts were spread by spare capacity",
            "The accounts of territories that are given up go to the others by their spare hours, not evenly.",
            "A rep at 95 % of load must not get as much as one at 70 %.",
            _NOTHING,
        ),
        CodeEntry(
            "PL152",
            "Not enough spare capacity",
            "The accounts of the territories that are given up need more hours than the others have to spare.",
            "Somebody ends over the workload ceiling, whoever takes the accounts.",
            "Keep a seat, hire, call small accounts less often (workload.tiers), or raise bands.workload_ceiling.",
        ),
        CodeEntry(
            "PL153",
            "Territories were merged",
            "Several territories, or teams, become one: its rep, capacity, rules and quota are stated.",
            "Somebody's territory ends; the figures say what the other one becomes.",
            _NOTHING,
        ),
        CodeEntry(
            "PL154",
            "A territory was split",
            "A territory becomes several of stated sizes; nobody else is touched.",
            "Customers of one part change hands; those of the other don't.",
            _NOTHING,
        ),
        CodeEntry(
            "PL155",
            "A market has grown",
            "What a new market, or an outgrown territory, is worth against a full seat, and what is done about it.",
            "A seat opened too early starves, one opened too late is overloaded.",
            "Name a territory for it in the event to open a seat; leave it out to go without.",
        ),
        CodeEntry(
            "PL156",
            "Accounts change their segment",
            "Accounts past a threshold of events.segments by more than the margin graduate or are relegated.",
            "They move to territories of their new segment, with their part of the quota.",
            "Check the list; change events.segments or events.segment_hysteresis in the policy.",
        ),
        CodeEntry(
            "PL157",
            "Accounts can't follow their segment",
            "Accounts changed their segment, but no territory of the new segment may take them; they stay.",
            "They are covered by a rep of the wrong segment.",
            "Open a territory for the segment there, or widen a territory's rule.",
        ),
        CodeEntry(
            "PL158",
            "A new product line was measured",
            "Concentration, overlap with the core layer, rank correlation and workload of a product.",
            "Territories drawn for another product may fit the new one badly.",
            "Change the model in the event (model=own or model=layer) where you know better.",
        ),
        CodeEntry(
            "PL159",
            "Two owners in a layer",
            "The book has accounts that two territories of one layer own on its date.",
            "Two reps call the same customer about the same product.",
            "End one of the two rows in ownership.csv; the plan keeps the one named.",
        ),
    )
}
