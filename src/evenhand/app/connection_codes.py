"""Codes of connections and syncs."""

from __future__ import annotations

from evenhand.foundation.findings import CodeEntry

CODES: dict[str, CodeEntry] = {
    entry.code: entry
    for entry in (
        CodeEntry(
            "CN101",
            "An object can't be read",
            "The system doesn't have the object, or the user of the connection may not read it.",
            "What the object brings to a book is missing; the finding says what that switches off.",
            "Give the user read access to it, or switch the feature on. If the firm doesn't use it, nothing is to do.",
        ),
        CodeEntry(
            "CN102",
            "An object that a book needs can't be read",
            "Without it there are no accounts or no territories.",
            "No book can be made.",
            "Give the connection's user read access to it; `evenhand connect test NAME` tries again.",
        ),
        CodeEntry(
            "CN103",
            "An object can no longer be read",
            "Earlier syncs read it, this one may not, or it is gone.",
            "Its records are kept as they were, and grow older with every sync.",
            "Give the access back. If it is gone for good, remove the connection and make it anew.",
        ),
        CodeEntry(
            "CN111",
            "A field is gone",
            "A field that was read before is no longer there, or hidden from the connection's user.",
            "A book made from now on lacks it; if the mapping names it, its column is empty.",
            "Give the user access to the field again, or name another one in the connection's mapping.",
        ),
        CodeEntry(
            "CN112",
            "A field was renamed",
            "A field is gone and another of the same kind and nearly the same name has appeared.",
            "The mapping still names the old one; nothing is guessed.",
            "Write the new name in the connection's mapping and sync again.",
        ),
        CodeEntry(
            "CN113",
            "A field has another type",
            "The values of a field are of another kind than at the last sync.",
            "What the mapping does with it may no longer be right; all records of the object are read again.",
            "Look at the column in the mapping: its format, its list of values.",
        ),
        CodeEntry(
            "CN114",
            "A stage isn't mapped",
            "The system has a stage of opportunities that the connection's mapping has no number for.",
            "Opportunities in it would count neither as early nor as late.",
            "Add it under [stages] of the connection's mapping, with the number it has in your process.",
        ),
        CodeEntry(
            "CN115",
            "Stage numbers follow the system's order",
            "The connection's mapping had no stages; they were numbered in the order of the system's list.",
            "Whether a stage is early (1–2) or late (3 and up) decides how hard an account is to move.",
            "Read the numbers in the connection's mapping and correct them where your process is another.",
        ),
        CodeEntry(
            "CN121",
            "Nothing has changed",
            "No record, field or mapping differs from the last sync.",
            "The book is the same, with the same hash and the same date.",
            "Nothing to do. Give --as-of for a book of another day.",
        ),
        CodeEntry(
            "CN122",
            "An object was read from its start again",
            "The system no longer knew where the interrupted sync had stopped.",
            "It only took longer; nothing was lost.",
            "Nothing to do.",
        ),
        CodeEntry(
            "CN131",
            "Few requests are left",
            "The system allows so many requests a day, and most of them are used, by this and other programs.",
            "When none are left, the sync stops, and goes on where it stopped when there are some again.",
            "Sync less often, or at night; see which other programs use them.",
        ),
        CodeEntry(
            "CN141",
            "Another sync of this connection is running",
            "Two syncs at a time would read everything twice.",
            "The second one was refused; the first goes on.",
            "Wait until it is done.",
        ),
        CodeEntry(
            "CN142",
            "There is no sync to resume",
            "The last one was finished, or there was none.",
            "`--resume` goes on only where one was interrupted.",
            "Leave it out.",
        ),
        CodeEntry(
            "CN143",
            "Secrets can't be read",
            "The key that encrypts secrets is another than when they were kept, or their file was changed.",
            "Without them nothing can be read; they can't be recovered.",
            "Set EVENHAND_SECRET_KEY to what it was, or enter them again with `evenhand connect NAME`.",
        ),
        CodeEntry(
            "CN144",
            "There is a connection of that name",
            "Another connection has the name, with another vendor.",
            "Its records and its mapping would be mixed with others.",
            "Choose another name, or remove it first.",
        ),
    )
}
