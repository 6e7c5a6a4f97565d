"""What the codes of refusals mean once a handoff is under way: its gate, its messages, its letters, its credit."""

from __future__ import annotations

from evenhand.foundation.findings import CodeEntry

_ENTRIES = (
    CodeEntry(
        "HO301",
        "Not yours to do",
        "Somebody asked for something in a handoff that others decide.",
        "Who logs, releases and overrides must be clear to everybody concerned.",
        "Ask the person that the message names.",
    ),
    CodeEntry(
        "HO302",
        "No such message",
        "The handoff has no message of that key.",
        "A message that isn't in the send plan was previewed by nobody.",
        "Look at the handoff's page again; it may have been prepared anew.",
    ),
    CodeEntry(
        "HO303",
        "Released or not",
        "The messages of the handoff are released already, or not yet, or there are none.",
        "Nothing is sent that nobody has looked at.",
        "Look at the send plan; revenue operations releases it.",
    ),
    CodeEntry(
        "HO304",
        "No such conversation",
        "Nobody has to be talked to about that territory, or the conversation is logged already or isn't.",
        "The gate opens by conversations that were held, each logged once.",
        "Choose one of those that the page lists.",
    ),
    CodeEntry(
        "HO305",
        "Not a conversation yet",
        "A conversation was logged for a day to come, or in writing.",
        "Who loses accounts hears it from a person, in person or on a call, before anything is sent.",
        "Log it when it was held, and say how.",
    ),
    CodeEntry(
        "HO306",
        "Too late to take back",
        "A message that waited for the conversation has left the house.",
        "Taking it back would say that the order was kept otherwise than it was.",
        "Leave it, and say what was wrong in a comment.",
    ),
    CodeEntry(
        "HO307",
        "Held until the conversation",
        "A message waits for conversations that aren't logged, or waits for none.",
        "Nobody should read in a mail what a person should have told them.",
        "Hold the conversation and log it; a leader or revenue operations may override with a reason.",
    ),
    CodeEntry(
        "HO308",
        "A reason is missing",
        "Something that leaves a trace was asked for without a reason.",
        "Whoever reads the trail later has to understand it.",
        "Write a sentence.",
    ),
    CodeEntry(
        "HO309",
        "Not its day yet",
        "A message has a day of the timeline, and that is still to come.",
        "Managers are told first, then those who lose, then those who gain.",
        "Wait; it goes by itself.",
    ),
    CodeEntry(
        "HO310",
        "Already",
        "The message is past the point at which that could be done.",
        "What has left the house can't be called back.",
        "Look at the message's state.",
    ),
    CodeEntry(
        "HO311",
        "Not published",
        "A handoff was asked of a plan that isn't published, or whose files changed since.",
        "Only what was approved and published is handed over.",
        "Publish the plan's review first.",
    ),
    CodeEntry(
        "HO312",
        "A later handoff is there",
        "The handoff was prepared anew; this one is kept to look at.",
        "Two of them would send two different letters about the same accounts.",
        "Go on with the latest one.",
    ),
    CodeEntry(
        "HO321",
        "Too late to dispute",
        "The time to dispute a credit is over, or the deal isn't yours, or is disputed already.",
        "Commission has to be final at some point.",
        "Talk to your manager.",
    ),
)

CODES = {entry.code: entry for entry in _ENTRIES}
