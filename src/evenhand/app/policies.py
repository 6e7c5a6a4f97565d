"""Reading the policy that a command works under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.policy import Policy, parse_policy

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.plan.record import PlanRecord


def load_policy(outside: Outside, path: Path | None, scenario: str | None = None) -> Policy:
    """Read a policy file, or take the defaults, with a scenario's overlay in force.

    Raises
    ------
    InputError
        Naming every entry that is wrong, with the file's name.
    """
    policy = Policy()
    if path is not None:
        text = outside.read_text(path)
        try:
            policy = parse_policy(text)
        except InputError as error:
            raise InputError({f"{path}: {entry}": message for entry, message in error.problems.items()}) from None
    return policy if scenario is None else policy.in_scenario(scenario)


def read_stored_policy(record: PlanRecord) -> Policy:
    """Read the policy that a plan was made under, with its scenario in force."""
    policy = parse_policy(record.policy_text)
    scenario = record.summary.get("scenario")
    return policy.in_scenario(scenario) if scenario else policy
