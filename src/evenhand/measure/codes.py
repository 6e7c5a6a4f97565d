"""What the codes of findings about a plan's outcome mean."""

from __future__ import annotations

from evenhand.foundation.findings import CodeEntry

_ENTRIES = (
    CodeEntry(
        "ME101",
        "Too few to tell",
        "Too few accounts of a grade were moved, or from too few territories, for an effect to be told from chance.",
        "A figure without an interval would be believed.",
        "Nothing to do; measure several plans together, or lower measure.min_moved knowing what it means.",
    ),
    CodeEntry(
        "ME102",
        "The comparison doesn't hold",
        "Before the move, moved and similar unmoved accounts already went different ways: the placebo finds an effect.",
        "What is found afterwards may be the same difference going on.",
        "Don't act on the effect of this grade; see the balance table for what sets the two sides apart.",
    ),
    CodeEntry(
        "ME103",
        "No activities or opportunities",
        "The newer book lacks a table, so that what happened with the accounts can't be seen.",
        "An account that nobody recorded anything for looks like one that nobody worked.",
        "Add activities.csv and opportunities.csv to the source.",
    ),
    CodeEntry(
        "ME104",
        "The books are too close",
        "The newer book is from the day of the move or from before it.",
        "Nothing can have happened yet.",
        "Give a later book.",
    ),
    CodeEntry(
        "ME105",
        "Moved without a plan",
        "Accounts that the plan left where they were are in another territory in the newer book.",
        "Moves outside the plan undo its balance, and nobody has weighed or announced them.",
        "Ask who moved them and why; put them back, or take them up in the next review.",
    ),
    CodeEntry(
        "ME106",
        "New hires waited too long",
        "Reps hired within a year waited longer for a territory than measure.vacancy_days.",
        "Territories that can't make room for a new hire in two weeks are too rigid; the rep sells nothing meanwhile.",
        "Plan with --event new-hire as soon as the first day is known.",
    ),
    CodeEntry(
        "ME201",
        "Not at this point of the review",
        "What was asked for belongs to another stage of the quarterly review.",
        "A decision without a book, or a second one on top of the first, would leave a story of the year that nobody "
        "can follow.",
        "Look at the review's page: it says what comes next.",
    ),
    CodeEntry(
        "ME202",
        "The reason is missing",
        "A decision, a new date or a snooze was given without a reason.",
        "The story of the year says why, also for a quarter in which nothing changed.",
        "Give a sentence.",
    ),
    CodeEntry(
        "ME203",
        "No day for a review",
        "The date has passed, or is more than two years off.",
        "A review without a day that comes is no rhythm.",
        "Give a date from today on.",
    ),
    CodeEntry(
        "ME204",
        "No book that is fresh enough",
        "The book is older than cadence.book_days on the day of the review, or no book is there.",
        "Deciding by an old picture moves accounts for reasons that are gone.",
        "Bring a newer book in, or change cadence.book_days.",
    ),
)

CODES = {entry.code: entry for entry in _ENTRIES}
