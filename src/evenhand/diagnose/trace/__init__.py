"""How every number came about: its formula, the policy entries that set it and the records that entered it."""

from evenhand.diagnose.trace.measure import explain_value
from evenhand.diagnose.trace.records import Records, list_records
from evenhand.diagnose.trace.subject import trace_subject
from evenhand.diagnose.trace.trace import Trace, TracedEntry

__all__ = ["Records", "Trace", "TracedEntry", "explain_value", "list_records", "trace_subject"]
