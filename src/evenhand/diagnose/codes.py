"""What the codes of the diagnosis mean, for `evenhand explain`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from evenhand.foundation.findings import CodeEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

CODES: Mapping[str, CodeEntry] = MappingProxyType(
    {
        entry.code: entry
        for entry in (
            CodeEntry(
                "DG101",
                "A measure is switched off",
                "The book lacks the table or the columns that this measure is worked out from.",
                "The measure is unknown for every territory: it decides no verdict, and whatever stands on it can't "
                "be told.",
                "Bring the table or fill in the columns that the message names, then admit again.",
            ),
            CodeEntry(
                "DG102",
                "A measure is shown but not held against its range",
                "The figures can be added up, but they rest on an assumption that is the same for every account.",
                "Calling a territory overloaded by an assumption would be calling it so by its number of accounts.",
                "Fill in the columns that the message names (for workload: tier or workload_hours).",
            ),
            CodeEntry(
                "DG103",
                "Part of the potential score is switched off",
                "The book has no facts for one of size, fit, propensity or expansion.",
                "The weights of the other parts are scaled up to make up for it, so the score rests on fewer facts.",
                "Fill in the columns named, set potential.industry_fit for the fit, or set the weight to 0 to say that "
                "it is meant.",
            ),
            CodeEntry(
                "DG104",
                "Every account is taken to fit the ideal customer profile",
                "Neither the book's fits_icp nor the policy's icp_segments or icp_verticals say which accounts fit.",
                "Qualified then means buying or able to expand, whatever the kind of customer.",
                "Fill in fits_icp, or set qualified.icp_segments or qualified.icp_verticals in the policy.",
            ),
            CodeEntry(
                "DG105",
                "No travel in the workload",
                "The accounts have no coordinates, so trips to them count no time.",
                "Territories with long ways look lighter than they are.",
                "Fill in latitude and longitude of accounts (and of territories, for where the trips start).",
            ),
            CodeEntry(
                "DG106",
                "A trigger can't be told",
                "The book lacks what the trigger looks at.",
                "Its silence then says nothing about whether a change is needed.",
                "Bring what the message names, then admit again.",
            ),
            CodeEntry(
                "DG107",
                "A measure is unknown for some territories",
                "The book has what the measure needs, but not for these territories, or too little of it.",
                "They are left out of the team's figure, and the measure decides no verdict on them.",
                "Bring the rows named for these territories, or leave it: the measure comes back with more deals.",
            ),
            CodeEntry(
                "DG108",
                "Territory or rep can't be told",
                "Splitting attainment into what the territory and what the rep brings needs quotas with attained "
                "amounts over several closed periods, and who covered each territory then.",
                "A strong rep in a weak territory and a weak rep in a strong one look the same.",
                "Bring quotas with attained and the coverage history of the last four to eight quarters.",
            ),
            CodeEntry(
                "DG109",
                "The learned propensity to buy is refused",
                "The policy asks for a propensity learned from closed opportunities, and there are too few of them, or "
                "tested on later periods it did not clearly beat the base rate.",
                'The potential is scored by the facts instead, as if potential.propensity were "facts".',
                "Go on by facts, or bring a longer history of opportunities with created_on, closed_on and is_won, "
                "and activities.",
            ),
        )
    }
)
