"""The past quarters of every seat, and earlier books: what drifted, when, and what changed meanwhile."""

from evenhand.diagnose.history.drifted import BookDrift
from evenhand.diagnose.history.history import Drift, History, trace_history
from evenhand.diagnose.history.past_books import PastBooks, check_earlier, compare_books
from evenhand.diagnose.history.snapshots import Snapshot, take_snapshot

__all__ = [
    "BookDrift",
    "Drift",
    "History",
    "PastBooks",
    "Snapshot",
    "check_earlier",
    "compare_books",
    "take_snapshot",
    "trace_history",
]
