"""All codes of findings and refusals in one place, for ``evenhand explain``."""

from __future__ import annotations

from evenhand.app.connection_codes import CODES as CONNECTION_CODES
from evenhand.app.push.codes import CODES as PUSH_CODES
from evenhand.book.codes import CODES as BOOK_CODES
from evenhand.diagnose.codes import CODES as DIAGNOSIS_CODES
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import CodeEntry
from evenhand.foundation.spelling import say_nearest
from evenhand.handoff.codes import CODES as HANDOFF_CODES
from evenhand.handoff.gate_codes import CODES as GATE_CODES
from evenhand.measure.codes import CODES as MEASURE_CODES
from evenhand.plan.codes import CODES as PLAN_CODES
from evenhand.review.codes import CODES as REVIEW_CODES

_FOLDER_CODES = (
    CodeEntry(
        "AP101",
        "The folder isn't ours",
        "Something is there already that Evenhand didn't write.",
        "Replacing it could lose somebody's work.",
        "Choose another name.",
    ),
    CodeEntry(
        "AP102",
        "The folder exists already",
        "There is an older result of the same kind, and nobody said to replace it.",
        "What was published should not vanish by a repeated command.",
        "Choose another name, or say --replace.",
    ),
)

_WORKSPACE_CODES = (
    CodeEntry(
        "WS101",
        "The audit trail is never changed",
        "Something tried to change or delete an entry of the workspace's audit trail.",
        "A trail that can be changed proves nothing; the database itself refuses it too.",
        "Write a further event that sets the earlier one right.",
    ),
    CodeEntry(
        "WS102",
        "The book isn't ready",
        "A plan, a frontier or scenarios were asked of a book that is still being admitted, or was not.",
        "There is nothing to plan from yet.",
        "Wait until the book's page says that it is ready, or bring it in again.",
    ),
    CodeEntry(
        "WS111",
        "There is a workspace already",
        "A backup was to be restored where books, plans or people are.",
        "What is there would be replaced.",
        "Choose an empty folder and database, or say --replace.",
    ),
    CodeEntry(
        "WS112",
        "The backup is of another version",
        "The database in the backup has another shape than the one here.",
        "Rows of one shape put into another could be lost or misread.",
        "Restore it with the version that made it, then start the later one.",
    ),
    CodeEntry(
        "WS113",
        "The secret key is another",
        "Second factors in the backup are encrypted with the secret key of the workspace that it was made of.",
        "Without that key nobody with a second factor could sign in.",
        "Set the old EVENHAND_SECRET_KEY, or say --without-second-factors and set them up anew.",
    ),
    CodeEntry(
        "WS114",
        "There is nothing to back up",
        "The folder and database hold no workspace, or one of an older version.",
        "An empty backup looks like a safe one.",
        "See that --data and --database are right; `evenhand serve` brings an older one up to date.",
    ),
    CodeEntry(
        "WS121",
        "The records behind a diagnosis are gone",
        "A diagnosis was kept by an earlier version without what its figures are traced by, and the firm's policy has "
        "changed since.",
        "Figures traced under another policy than they were worked out by would not add up.",
        "Bring the book in again; it is diagnosed under today's policy then.",
    ),
    CodeEntry(
        "WS122",
        "The last person of revenue operations",
        "The only one who keeps people was to get another role, or to be locked out.",
        "Nobody could invite anyone or change a role any more.",
        "Give someone else the role of revenue operations first.",
    ),
    CodeEntry(
        "WS123",
        "There are no solved scenarios",
        "A plan was to be taken out of a study that isn't done, or that is a frontier.",
        "There is no plan in it to take.",
        "Wait until the study is done; of a frontier, build the plan at the tolerance you want.",
    ),
)

CODES: dict[str, CodeEntry] = {
    **{entry.code: entry for entry in (*_FOLDER_CODES, *_WORKSPACE_CODES)},
    **BOOK_CODES,
    **DIAGNOSIS_CODES,
    **PLAN_CODES,
    **REVIEW_CODES,
    **HANDOFF_CODES,
    **GATE_CODES,
    **MEASURE_CODES,
    **PUSH_CODES,
    **CONNECTION_CODES,
}


def explain_code(code: str) -> CodeEntry:
    """Return what a code means.

    Raises
    ------
    InputError
        If there is no such code, with the nearest one.
    """
    entry = CODES.get(code.strip().upper())
    if entry is None:
        raise InputError({"code": f"there is no code {code!r}.{say_nearest(code.upper(), CODES)}"})
    return entry
