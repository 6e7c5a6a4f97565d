"""The entries of the policy, a file for each subject: what a firm may set, in which range, and why."""

from __future__ import annotations

from pydantic import Field

from evenhand.policy.entries import Section
from evenhand.policy.sections.cadence import Cadence
from evenhand.policy.sections.events import Events
from evenhand.policy.sections.frontier import Frontier
from evenhand.policy.sections.handoff import Handoff
from evenhand.policy.sections.history import HistoryOfBooks
from evenhand.policy.sections.measure import Measure
from evenhand.policy.sections.plan import Alignment, Bands, Grades, Moves, Solve
from evenhand.policy.sections.potential import Potential
from evenhand.policy.sections.propensity import Propensity
from evenhand.policy.sections.qualified import Qualified
from evenhand.policy.sections.quotas import Quotas
from evenhand.policy.sections.ramp import Ramp
from evenhand.policy.sections.ranges import Range, Ranges
from evenhand.policy.sections.review import Review
from evenhand.policy.sections.sending import Sending
from evenhand.policy.sections.triggers import Triggers
from evenhand.policy.sections.verdict import Verdict
from evenhand.policy.sections.workload import Workload

__all__ = ["Entries", "Range"]


class Entries(Section):
    """All sections of a policy."""

    ranges: Ranges = Field(default_factory=Ranges)
    qualified: Qualified = Field(default_factory=Qualified)
    potential: Potential = Field(default_factory=Potential)
    propensity: Propensity = Field(default_factory=Propensity)
    workload: Workload = Field(default_factory=Workload)
    verdict: Verdict = Field(default_factory=Verdict)
    triggers: Triggers = Field(default_factory=Triggers)
    bands: Bands = Field(default_factory=Bands)
    grades: Grades = Field(default_factory=Grades)
    moves: Moves = Field(default_factory=Moves)
    events: Events = Field(default_factory=Events)
    alignment: Alignment = Field(default_factory=Alignment)
    frontier: Frontier = Field(default_factory=Frontier)
    solve: Solve = Field(default_factory=Solve)
    quotas: Quotas = Field(default_factory=Quotas)
    ramp: Ramp = Field(default_factory=Ramp)
    review: Review = Field(default_factory=Review)
    handoff: Handoff = Field(default_factory=Handoff)
    sending: Sending = Field(default_factory=Sending)
    history: HistoryOfBooks = Field(default_factory=HistoryOfBooks)
    cadence: Cadence = Field(default_factory=Cadence)
    measure: Measure = Field(default_factory=Measure)
