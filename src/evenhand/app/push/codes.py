"""What the codes of pushing a change set mean."""

from __future__ import annotations

from evenhand.foundation.findings import CodeEntry

_ENTRIES = (
    CodeEntry(
        "PU101",
        "Changed since the plan",
        "A record isn't what the plan took it for: somebody changed its owner, territory or quota meanwhile.",
        "Writing over it would undo a decision that somebody made on purpose. The other records go on.",
        "Look at the record. Set it back and push again, or leave it; the next book will know it as it is.",
    ),
    CodeEntry(
        "PU102",
        "No such record",
        "A record of the change set isn't in the system, or this connection may not see it.",
        "It was deleted or merged, or the plan was made from another system.",
        "See that the connection is that of the system the book came from, and that its user sees all accounts.",
    ),
    CodeEntry(
        "PU103",
        "Refused by the system",
        "The system refused to save some records: a validation rule, a trigger or a missing right.",
        "These records stay as they were; everything that depends on them waits.",
        "The system's own words are beside each record, with what to do about it. Then push again.",
    ),
    CodeEntry(
        "PU104",
        "Another push is going on",
        "Another process is writing this plan's changes to the same connection.",
        "Two at once could write the same record twice.",
        "Wait until it has ended.",
    ),
    CodeEntry(
        "PU105",
        "The plan was taken back",
        "The changes of this plan were rolled back, and somebody asked to write them again.",
        "A command that runs every day must not undo a decision to roll back.",
        "Say --again if that is meant.",
    ),
    CodeEntry(
        "PU106",
        "Nothing to go on with",
        "There is no push of this plan to that connection that was begun and isn't finished.",
        "Resuming and rolling back need to know what was written.",
        "Begin with --dry-run, then --apply.",
    ),
    CodeEntry(
        "PU107",
        "Locked by others",
        "Some records were locked by other processes each time they were tried.",
        "Nothing was written to them.",
        "Push again at a quieter time; imports and recalculations of sharing hold records for long.",
    ),
    CodeEntry(
        "PU108",
        "Waiting for another write",
        "Some writes come after others that aren't done, such as leaving a territory before the new one is joined.",
        "An account in no territory would be seen by nobody.",
        "Mend what the other one says, and push again.",
    ),
    CodeEntry(
        "PU109",
        "Changed again at once",
        "A record was written, and reads otherwise since: a trigger, a flow or a rule of the system changed it.",
        "The move won't last as it is.",
        "Find the automation that changes this field, and exempt these records or change the rule.",
    ),
    CodeEntry(
        "PU111",
        "Not looked at first",
        "A push or a roll-back was asked for without a dry run since the last one.",
        "Thousands of records change at once; somebody should have seen which.",
        "Make a dry run, look at it, then push.",
    ),
    CodeEntry(
        "PU112",
        "Not confirmed",
        "The name of the connection wasn't typed, or another one.",
        "It says to which system the changes go.",
        "Type the connection's name as it is written.",
    ),
    CodeEntry(
        "PU113",
        "A later round of the handoff",
        "This round of the handoff was prepared anew, or isn't ready.",
        "Its days and owners are no longer those that people were told.",
        "Push from the latest round.",
    ),
    CodeEntry(
        "PU201",
        "A rule would undo the move",
        "An active territory assignment rule matches accounts that the plan moves away, and puts them back when it "
        "runs next.",
        "The account would be in both territories, or come back, without anybody having decided it.",
        "Change the rule's criteria, or exclude these accounts from it (Territory2ObjectExclusion), before pushing.",
    ),
    CodeEntry(
        "PU202",
        "Deals that stay may follow their account",
        "Deals that stay with their rep through close aren't excluded from the filter that gives deals the territory "
        "of their account.",
        "If the firm runs that filter, the next run gives them to the new territory.",
        "Set 'Exclude from the territory assignment filter logic' on these deals, until they transfer.",
    ),
    CodeEntry(
        "PU203",
        "Changed besides",
        "Something that had to stay as it was changed while the push ran: a team member, or a deal that stays.",
        "Automation of the system reacts to the writes, or somebody worked on the same records.",
        "The values before are in the push's journal; set back what is wrong and look for the automation.",
    ),
    CodeEntry(
        "PU204",
        "Territories of another model",
        "Territories of the change set belong to no active territory model.",
        "Accounts can join them, and nobody sees it.",
        "Activate the model, or map the territories of the active one and plan again.",
    ),
    CodeEntry(
        "PU205",
        "Owners that aren't active",
        "The new owner of some records is inactive in the system.",
        "Every write to them will be refused.",
        "Activate the user, or plan again with the rep who takes over.",
    ),
    CodeEntry(
        "PU211",
        "No such option",
        "The property that holds territories is a list, and a territory of the plan isn't on it.",
        "The system refuses a value that isn't on the list, and the records stay in their old territory.",
        "Add the territory to the property's options, with just that internal name, before pushing.",
    ),
)

CODES = {entry.code: entry for entry in _ENTRIES}
