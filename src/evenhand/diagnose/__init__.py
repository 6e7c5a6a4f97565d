"""What state the territories are in: each measure against its range, verdicts and triggers, with the evidence."""

from evenhand.diagnose.accounts import measure_accounts
from evenhand.diagnose.call import Call, Driver
from evenhand.diagnose.codes import CODES
from evenhand.diagnose.diagnosis import Diagnosis, diagnose
from evenhand.diagnose.measures import MEASURES, Measure, Unit
from evenhand.diagnose.triggers import State, Trigger, TriggerSeverity
from evenhand.diagnose.verdict import Verdict

__all__ = [
    "CODES",
    "MEASURES",
    "Call",
    "Diagnosis",
    "Driver",
    "Measure",
    "State",
    "Trigger",
    "TriggerSeverity",
    "Unit",
    "Verdict",
    "diagnose",
    "measure_accounts",
]
