"""What has to change in the CRM: in our words first, then as the writes of one vendor."""

from evenhand.handoff.change_set.changes import CHANGES_SCHEMA, list_changes, list_quota_changes
from evenhand.handoff.change_set.vendors import PRESENT, VENDORS, Form, WriteRule
from evenhand.handoff.change_set.writes import Write, list_writes

__all__ = [
    "CHANGES_SCHEMA",
    "PRESENT",
    "VENDORS",
    "Form",
    "Write",
    "WriteRule",
    "list_changes",
    "list_quota_changes",
    "list_writes",
]
