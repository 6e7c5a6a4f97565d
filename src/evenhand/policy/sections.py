"""The entries of the policy, section by section: what a firm may set, in which range, and why."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from evenhand.policy.entries import Section, entry


class Range(Section):
    """Where a measure of a territory should be.

    Either `low` and `high` in the measure's own unit, or `tolerance`: a share around the team's amount divided by
    capacity (for ratios such as deal size: around the team's own ratio).
    """

    low: float | None = None
    high: float | None = None
    tolerance: float | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        absolute = self.low is not None or self.high is not None
        if absolute == (self.tolerance is not None):
            message = "give either tolerance, or low and/or high"
            raise ValueError(message)
        if self.tolerance is not None and not 0 <= self.tolerance <= 10:
            message = "tolerance must be from 0 to 10 (0.15 is 15 %)"
            raise ValueError(message)
        if self.low is not None and self.high is not None and self.low > self.high:
            message = "low must not be above high"
            raise ValueError(message)
        return self


class Ranges(Section):
    """Target ranges of the diagnosis: under, within or over."""

    accounts: Range = entry(lambda: Range(tolerance=0.15), "Number of active accounts.")
    qualified: Range = entry(lambda: Range(tolerance=0.15), "Number of qualified accounts.")
    potential: Range = entry(lambda: Range(tolerance=0.15), "Revenue potential.")
    workload_share: Range = entry(lambda: Range(low=0.75, high=1.0), "Workload ÷ capacity of the seat.", unit="share")
    pipeline_ttm: Range = entry(
        lambda: Range(tolerance=0.2), "Pipeline generated in the trailing twelve months, in the book's currency."
    )
    coverage: Range = entry(lambda: Range(low=2.5, high=5.0), "Open pipeline ÷ quota of the period.", unit="×")
    active_opportunities: Range = entry(lambda: Range(tolerance=0.2), "Number of open opportunities.")
    deal_size: Range = entry(lambda: Range(tolerance=0.2), "Average amount of won deals, in the book's currency.")
    win_rate: Range = entry(lambda: Range(tolerance=0.3), "Won ÷ closed opportunities.", unit="share")
    attainment: Range = entry(lambda: Range(low=0.85, high=1.10), "Attained ÷ quota.", unit="share")


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


class Potential(Section):
    """The transparent score of revenue potential, used where the source brings none."""

    weight_size: float = entry(0.4, "Weight of size (revenue, else employees).", low=0, high=1)
    weight_fit: float = entry(0.2, "Weight of industry fit.", low=0, high=1)
    weight_propensity: float = entry(0.2, "Weight of the propensity to buy.", low=0, high=1)
    weight_expansion: float = entry(0.2, "Weight of expansion potential.", low=0, high=1)
    industry_fit: dict[str, float] = entry(dict, "Fit of each vertical, 0 to 1; others get default_fit.")
    default_fit: float = entry(0.5, "Fit of a vertical that is not in industry_fit.", low=0, high=1)
    size_exponent: float = entry(
        0.5, "A customer of four times the revenue has 4**this times the size; 1 is proportional, 0.5 damps giants.",
        low=0.1, high=1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _weights(self) -> Self:
        total = self.weight_size + self.weight_fit + self.weight_propensity + self.weight_expansion
        if abs(total - 1) > 1e-6:
            message = f"the four weights must add up to 1; they add up to {total:g}"
            raise ValueError(message)
        if any(not 0 <= fit <= 1 for fit in self.industry_fit.values()):
            message = "each industry_fit must be from 0 to 1"
            raise ValueError(message)
        return self


class Tier(Section):
    """How often accounts of a tier are called on."""

    calls_per_year: float
    hours_per_call: float

    @model_validator(mode="after")
    def _not_negative(self) -> Self:
        if not (0 <= self.calls_per_year <= 1000 and 0 <= self.hours_per_call <= 100):
            message = "calls_per_year must be 0 to 1000 and hours_per_call 0 to 100"
            raise ValueError(message)
        return self


class Workload(Section):
    """Hours a year that accounts need, and that seats have."""

    capacity_hours: float = entry(
        1500, "Selling hours a year of a full seat, where the source has none.", unit="hours", low=1, high=8760
    )
    tiers: dict[str, Tier] = entry(
        lambda: {
            "A": Tier(calls_per_year=12, hours_per_call=1.5),
            "B": Tier(calls_per_year=6, hours_per_call=1.0),
            "C": Tier(calls_per_year=2, hours_per_call=0.75),
        },
        "Calls a year and hours a call, by tier.",
    )
    default_tier: str = entry("C", "Tier of an account that has none, or one not in the table.")
    travel_speed_km_h: float = entry(60, "Average speed on the way to accounts.", unit="km/h", low=5, high=900)
    visits_share: float = entry(0.25, "Share of calls that are visits.", unit="share", low=0, high=1)
    detour: float = entry(
        1.3, "Road distance ÷ straight line.", low=1, high=5,
        source="Ballou, Rahardja and Sakai (2002), country averages of 1.1 to 2.1",
    )  # fmt: skip
    most_travel_hours: float = entry(
        6, "Most travel for one visit there and back; further away is a call.", unit="hours", low=0, high=48
    )
    opportunity_hours: float = entry(6, "Hours a year that each open opportunity adds.", unit="hours", low=0, high=500)

    @model_validator(mode="after")
    def _default_exists(self) -> Self:
        if self.default_tier not in self.tiers:
            message = f"default_tier {self.default_tier!r} is not one of the tiers {', '.join(self.tiers)}"
            raise ValueError(message)
        return self


class Verdict(Section):
    """When a territory is called overloaded or starved."""

    volume_measures: list[str] = entry(
        lambda: ["accounts", "qualified", "potential", "workload_share", "pipeline_ttm", "active_opportunities"],
        "Measures of how much a territory holds.",
    )
    productivity_measures: list[str] = entry(lambda: ["deal_size", "win_rate"], "Measures of how well it is worked.")
    deciding_share: float = entry(
        0.5, "A territory is overloaded (starved) where more than this share of its known volume measures, and none "
        "the other way, are over (under) their range.", unit="share", low=0, high=1,
    )  # fmt: skip
    trailing_months: int = entry(
        12, "Deal size, win rate and attainment look back so many months.", unit="months", low=1, high=60
    )
    effect_periods: int = entry(
        4, "Fewest closed periods from which territory and rep are told apart.", unit="periods", low=2, high=40
    )
    deals_at_least: int = entry(
        10, "With fewer closed (for deal size, won) deals a rate is shown but not held against its range.",
        low=1, high=10_000,
    )  # fmt: skip


class Triggers(Section):
    """What makes a review worth a plan."""

    qualified_spread: float = entry(
        0.20, "Largest territory has so much more qualified accounts than the smallest, per capacity.",
        unit="share", low=0, high=10,
    )  # fmt: skip
    win_rate_points: float = entry(
        0.15, "Win rates differ by so much after controlling for rep tenure.", unit="share", low=0, high=1
    )
    qualified_difference: int = entry(
        5, "… and by at least so many accounts, so that small territories don't fire by one account.",
        low=1, high=100_000,
    )  # fmt: skip
    accounts_lost_share: float = entry(
        0.10, "A territory lost so much of its accounts in a quarter.", unit="share", low=0, high=1
    )
    accounts_lost_count: int = entry(3, "… and at least so many accounts.", low=1, high=100_000)
    vacancy_days: int = entry(14, "A seat is vacant for so long.", unit="days", low=0, high=365)
    new_hire: bool = entry(True, "A new hire needs a territory.")
    new_hire_days: int = entry(
        180, "A rep without a territory is a new hire for so long after the first day.", unit="days", low=1, high=730
    )
    market_expansion: bool = entry(True, "A new region, vertical or product, or potential grown past its band.")
    expansion_accounts: int = entry(
        5, "Accounts won in a quarter in a region or vertical that is new to the firm make it a new market.",
        low=1, high=100_000,
    )  # fmt: skip
    near_share: float = entry(0.8, "A trigger at so much of its threshold is near.", unit="share", low=0.1, high=1)
    false_alarm_share: float = entry(
        0.05, "Chance of a false alarm that a modelled trigger may have.", unit="share", low=0.001, high=0.5
    )


class Bands(Section):
    """How far from its target a territory may be after the plan. Targets share the team's total by capacity."""

    potential: float | None = entry(0.15, "Revenue potential.", unit="share", low=0, high=10, optional=True)
    accounts: float | None = entry(None, "Number of accounts.", unit="share", low=0, high=10, optional=True)
    qualified: float | None = entry(None, "Qualified accounts.", unit="share", low=0, high=10, optional=True)
    workload: float | None = entry(None, "Workload hours.", unit="share", low=0, high=10, optional=True)
    pipeline: float | None = entry(None, "Open pipeline.", unit="share", low=0, high=10, optional=True)
    workload_ceiling: float | None = entry(
        1.0, "Most workload, as a share of the seat's hours.",
        unit="share", low=0.1, high=10, optional=True,
    )  # fmt: skip


class Grades(Section):
    """Which facts make moving an account a low, medium or high disruption."""

    early_stage_max: int = entry(
        2, "Last stage that counts as discovery; an open opportunity beyond it makes a high.", low=0, high=20
    )
    won_months: int = entry(12, "A deal won within so many months is a relationship.", unit="months", low=0, high=120)
    activity_days: int = entry(90, "Activity within so many days is recent.", unit="days", low=0, high=730)
    executive_is_high: bool = entry(True, "An executive relationship makes a high.")
    anchor_is_high: bool = entry(True, "A manager's anchor account is a high.")


class Moves(Section):
    """What may move where, and how much."""

    match_segment: bool = entry(True, "An account goes only to territories that take its segment.")
    match_vertical: bool = entry(True, "An account goes only to territories that take its vertical.")
    match_region: bool = entry(True, "An account goes only to territories that take its region.")
    candidates: int = entry(
        8,
        "Territories considered for an account: its own, the two least full, the best aligned; more in small firms.",
        low=2,
        high=200,
    )
    keep_families_together: bool = entry(True, "An account moves with its parent and children.")
    keep_areas_together: Literal["off", "postal_code", "region"] = entry("off", "Accounts of an area move as one.")
    cool_down_quarters: int = entry(
        4, "An account moved within so many quarters stays, unless its territory is emptied.", unit="quarters",
        low=0, high=40,
    )  # fmt: skip
    most_moves: int | None = entry(None, "Most moves in all.", low=0, high=10_000_000, optional=True)
    most_moves_from: int | None = entry(None, "Most moves out of one territory.", low=0, high=10_000_000, optional=True)
    most_moves_into: int | None = entry(None, "Most moves into one territory.", low=0, high=10_000_000, optional=True)
    locked_accounts: list[str] = entry(list, "Accounts that stay, by id.")


class Alignment(Section):
    """Which of two equally gentle moves fits better. Each weight is the cost of a complete misfit."""

    distance: float = entry(1.0, "Distance from the account to the territory, at distance_km.", low=0, high=1000)
    distance_km: float = entry(500, "Distance that counts as a complete misfit.", unit="km", low=1, high=20_000)
    vertical: float = entry(0.3, "The territory has few accounts of the vertical.", low=0, high=1000)
    segment: float = entry(0.3, "The territory has few accounts of the segment.", low=0, high=1000)
    time_zone: float = entry(0.2, "The territory has few accounts in the time zone.", low=0, high=1000)
    language: float = entry(0.5, "The territory has few accounts of the language.", low=0, high=1000)
    earlier_owners: float = entry(
        0.2, "Each earlier change of territory the customer has been through.", low=0, high=1000
    )


class Solve(Section):
    """How far the solver goes. It counts work, not seconds, so that the same input gives the same plan."""

    gap: float = entry(0.0001, "Stop when the plan is proven within this of the best.", unit="share", low=0, high=1)
    seconds: float | None = entry(None, "Stop after so long.", unit="seconds", low=0.1, high=86_400, optional=True)
    seed: int = entry(0, "Seed of whatever is drawn by chance.", low=0, high=2_147_483_647)


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


class Review(Section):
    """Who agrees, and by when."""

    signers: list[str] = entry(lambda: ["CRO", "VP Sales", "VP RevOps"], "Who signs the policy before the plan.")
    flag_days: int = entry(5, "Managers may flag for so many working days.", unit="days", low=1, high=60)
    silence_is_consent: bool = entry(False, "A manager who doesn't answer agrees.")
    dispute_days: int = entry(10, "Reps may dispute for so many working days.", unit="days", low=0, high=90)
    flag_reasons: list[str] = entry(
        lambda: [
            "anchor account",
            "executive relationship",
            "renewal in danger",
            "dispute",
            "customer confusion",
            "other",
        ],
        "Reasons a manager may give.",
    )


class PipelineRule(Section):
    """What happens to an open opportunity of a moved account; the first rule that matches decides."""

    name: str
    types: list[str] = entry(list, "Types it is for; empty: any.")
    stage_from: int = entry(0, "First stage it is for.", low=0, high=20)
    stage_to: int = entry(20, "Last stage it is for.", low=0, high=20)
    transfer: Literal["at once", "in transition", "at close"] = "at once"
    introduction: Literal["none", "warm introduction", "joint call"] = "warm introduction"
    deadline_days: int = entry(0, "At close: transfers after so many days all the same.", unit="days", low=0, high=730)


class Handoff(Section):
    """How accounts and pipeline change hands."""

    rules: list[PipelineRule] = entry(
        lambda: [
            PipelineRule(name="renewal", types=["renewal"], transfer="in transition", introduction="joint call"),
            PipelineRule(name="early stage", stage_from=0, stage_to=2, transfer="at once"),
            PipelineRule(name="late stage", stage_from=3, stage_to=20, transfer="at close", deadline_days=90),
        ],
        "Pipeline rules, in order.",
    )
    credit_days: int = entry(
        60, "A deal that closes so soon after its transfer pays both.", unit="days", low=0, high=365
    )
    credit_share_from: float = entry(0.5, "Share of such a deal that pays the former rep.", unit="share", low=0, high=1)
    transition_weeks_low: int = entry(2, "Shortest warm handoff.", unit="weeks", low=0, high=26)
    transition_weeks_high: int = entry(4, "Longest warm handoff.", unit="weeks", low=0, high=26)
    introductions_per_week: int = entry(10, "Introductions a rep can make a week.", low=1, high=500)

    @model_validator(mode="after")
    def _weeks(self) -> Self:
        if self.transition_weeks_low > self.transition_weeks_high:
            message = "transition_weeks_low must not be above transition_weeks_high"
            raise ValueError(message)
        return self


class Cadence(Section):
    """When to look again."""

    review_months: int = entry(3, "Months between reviews.", unit="months", low=1, high=24)
    follow_up_days: list[int] = entry(lambda: [30, 60], "Follow-ups after the handoff.", unit="days")
    attainment_quarters: int = entry(8, "Quarters of attainment that are looked at.", unit="quarters", low=1, high=40)


class Entries(Section):
    """All sections of a policy."""

    ranges: Ranges = Field(default_factory=Ranges)
    qualified: Qualified = Field(default_factory=Qualified)
    potential: Potential = Field(default_factory=Potential)
    workload: Workload = Field(default_factory=Workload)
    verdict: Verdict = Field(default_factory=Verdict)
    triggers: Triggers = Field(default_factory=Triggers)
    bands: Bands = Field(default_factory=Bands)
    grades: Grades = Field(default_factory=Grades)
    moves: Moves = Field(default_factory=Moves)
    alignment: Alignment = Field(default_factory=Alignment)
    solve: Solve = Field(default_factory=Solve)
    quotas: Quotas = Field(default_factory=Quotas)
    review: Review = Field(default_factory=Review)
    handoff: Handoff = Field(default_factory=Handoff)
    cadence: Cadence = Field(default_factory=Cadence)
