"""What the codes of findings about a plan mean."""

from __future__ import annotations

from evenhand.foundation.findings import CodeEntry

_ENTRIES = (
    CodeEntry(
        "PL101",
        "Grades without pipeline",
        "The book has no opportunities, so no move can be graded by open pipeline or recent wins.",
        "A move that looks gentle may hit a deal that the system can't see.",
        "Add opportunities.csv to the source, or have managers flag the accounts that must not move.",
    ),
    CodeEntry(
        "PL102",
        "No quotas",
        "The book has no quotas, so no quota moves with the accounts.",
        "Accounts that leave without their quota are a hidden raise for the rep who loses them.",
        "Add quotas.csv to the source.",
    ),
    CodeEntry(
        "PL103",
        "Seats without a quota",
        "Some seats have no quota in the period; theirs counts as 0, and accounts that leave them carry none.",
        "Their accounts arrive elsewhere without quota.",
        "Add the missing rows to quotas.csv.",
    ),
    CodeEntry(
        "PL104",
        "Families in several territories",
        "Some families already have accounts in more than one territory; each territory's part moves as one.",
        "Uniting them would move accounts that nothing else moves.",
        "Nothing to do; to unite a family, move its accounts by hand in the CRM first.",
    ),
    CodeEntry(
        "PL105",
        "Accounts of a group stay",
        "Some accounts are in a territory that others roll up to. It is no seat: they stay, and it has no band.",
        "They are not part of anyone's share.",
        "Give them a territory in accounts.csv.",
    ),
    CodeEntry(
        "PL106",
        "Bands that can't be computed",
        "The policy has a band for a measure that the book lacks; it is left out.",
        "The plan is balanced on the other measures alone.",
        "Add the columns named to the source, or switch the band off in the policy.",
    ),
    CodeEntry(
        "PL107",
        "Unknown locked accounts",
        "moves.locked_accounts names accounts that the book doesn't have, or that have churned.",
        "A misspelt id leaves the account free to move.",
        "Correct or remove the ids in the policy.",
    ),
    CodeEntry(
        "PL108",
        "Accounts that nobody may take",
        "Accounts of an emptied territory fit no other territory's segment, vertical or region; they stay.",
        "The territory isn't empty after the plan.",
        "Widen a territory's rule, or set moves.match_segment, match_vertical or match_region to false.",
    ),
    CodeEntry(
        "PL109",
        "Locked accounts that move all the same",
        "Locked accounts of an emptied territory move, because nobody would cover them.",
        "Somebody locked them for a reason; the new rep should know it.",
        "Nothing to do; or don't empty the territory.",
    ),
    CodeEntry(
        "PL110",
        "Bands can't be met",
        "No plan brings every territory into its band; this one is as near as any (see the proof).",
        "Some territory stays outside whatever is moved.",
        "Widen the band by what the plan names, unlock accounts, or let territories take more segments.",
    ),
    CodeEntry(
        "PL111",
        "No changes needed",
        "Every territory is within its band; nothing moves.",
        "A review that ends so is a good one.",
        "Nothing to do.",
    ),
    CodeEntry(
        "PL112",
        "Not proven to the end",
        "The solver stopped before the plan was proven best; the gap says how much better another could be.",
        "A better plan may exist, within that gap.",
        "Nothing to do: the most that a better plan could save is stated. Where solve.seconds ended it, allow more.",
    ),
    CodeEntry(
        "PL201",
        "A file of the plan changed",
        "A file is not as it was when the plan was written.",
        "What is published must be what was planned.",
        "Make the plan again, or take the file from a backup.",
    ),
    CodeEntry(
        "PL202",
        "Another book",
        "The plan was made from another book than the one given.",
        "Figures of one can't prove the other.",
        "Give the book whose hash is in plan.json.",
    ),
    CodeEntry(
        "PL203",
        "Assignment isn't every account once",
        "assignment.csv misses accounts, has some twice, or has some that the book doesn't.",
        "An account without a territory is a dropped customer.",
        "Make the plan again.",
    ),
    CodeEntry(
        "PL204",
        "A table doesn't follow from the assignment",
        "moves.csv, territories.csv or quotas.csv isn't what the book, the policy and assignment.csv give.",
        "People act on these tables.",
        "Make the plan again.",
    ),
    CodeEntry(
        "PL205",
        "The problem isn't the book's",
        "problem.parquet or bands.csv isn't what the book and the policy state.",
        "A proof about another problem proves nothing about this one.",
        "Make the plan again.",
    ),
    CodeEntry(
        "PL206",
        "A figure isn't what the files give",
        "A figure of plan.json differs from what the assignment and the certificate give.",
        "The plan claims more than it proves.",
        "Make the plan again.",
    ),
    CodeEntry(
        "PL207",
        "The certificate can't be read",
        "certificate.csv or assignment.csv names something the problem doesn't have.",
        "Nothing is proved.",
        "Make the plan again.",
    ),
)

CODES: dict[str, CodeEntry] = {entry.code: entry for entry in _ENTRIES}
