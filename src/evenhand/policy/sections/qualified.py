"""Which accounts count as qualified."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Qualified(Section):
    """Which accounts count as qualified: fit the ideal customer profile, and are buying or could expand."""

    expansion_at_least: float = entry(
        0.5, "Expansion potential from which an account counts as able to expand.", unit="share", low=0, high=1
    )
    icp_segments: list[str] = entry(list, "Segments that fit where fits_icp is not filled in; empty: any.")
    icp_verticals: list[str] = entry(list, "Verticals that fit where fits_icp is not filled in; empty: any.")
    buying_activity_days: int = entry(
        90, "Open opportunity or activity within so many days counts as buying where in_buying_cycle is not filled in.",
        unit="days", low=1, high=730,
    )  # fmt: skip
