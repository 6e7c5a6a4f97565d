"""What Salesforce's status codes mean for a write, and what a person can do: a table.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
"""

from __future__ import annotations

from evenhand.app.writing import DONE, Answered, Said

_AGAIN = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG", "QUERY_TIMEOUT"})
_LOOK = frozenset({"DUPLICATE_VALUE", "ENTITY_IS_DELETED"})
"""It may be as wanted already: another attempt whose answer was lost, or somebody else."""

_FIXES = {
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "Satisfy this validation rule on the record, or let the connection's user "
    "bypass it, and push again.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "A trigger or flow of the org failed; show these words to who keeps it.",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "A flow of the org failed; show these words to whoever keeps it.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "Give the connection's user edit access to the record and the right to transfer "
    "records.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "Give the connection's user access to record and new owner.",
    "TRANSFER_REQUIRES_READ": "Give the new owner's profile read access to this object.",
    "INACTIVE_OWNER_OR_USER": "Activate the new owner in Setup, or plan again with the rep who takes over.",
    "INVALID_CROSS_REFERENCE_KEY": "The record, its new owner or its new territory isn't in this org.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "Give the connection's user edit access to this field.",
    "REQUIRED_FIELD_MISSING": "Fill in the field that the record lacks, and push again.",
    "FIELD_INTEGRITY_EXCEPTION": "The record has a value that no longer fits; mend it by hand, and push again.",
    "DUPLICATES_DETECTED": "Merge the duplicates or relax the duplicate rule, and push again.",
}


def read_word(is_saved: bool, code: str, words: str) -> Answered:
    """Return what one result says."""
    if is_saved:
        return DONE
    said = Said.BUSY if code in _AGAIN else Said.LOST if code in _LOOK else Said.REFUSED
    return Answered(said, code, words, _FIXES.get(code, ""))
