"""How quotas follow the accounts."""

from __future__ import annotations

from typing import Literal

from evenhand.policy.entries import Section, entry


class Quotas(Section):
    """How quotas follow the accounts."""

    method: Literal["potential"] = entry("potential", "New quota in proportion to the potential gained and lost.")
    ramp_relief_share: float = entry(
        0.25, "Relief on the quota of inherited accounts in the first quarter.", unit="share", low=0, high=0.5
    )
    keep_pipeline: bool = entry(True, "Pipeline kept through close stays in the quota of the rep who keeps it.")
    conserve_total: bool = entry(
        True, "The company's total stays; relief is carried by the others in proportion. False: relief lowers it."
    )
    round_to_cents: int = entry(1, "Quotas are multiples of this.", unit="cents", low=1, high=100_000_000)
