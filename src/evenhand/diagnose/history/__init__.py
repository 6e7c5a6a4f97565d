"""The past quarters of every seat: what drifted, when, and what changed meanwhile."""

from evenhand.diagnose.history.history import Drift, History, trace_history

__all__ = ["Drift", "History", "trace_history"]
