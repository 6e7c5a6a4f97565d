"""Putting the policy to the signers, as it is or as an exception; pages and the API ask in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.store import sign_off
from evenhand.foundation.errors import InputError, Refusal
from evenhand.review.codes import CODES
from evenhand.web.requesting import firm_policy
from evenhand.wiring.pricing_flags import plan_policy

if TYPE_CHECKING:
    from evenhand.adapters.store.models import PlanRun, PolicyVersion, User

MOST_WORDS = 2000


def put_policy(user: User) -> PolicyVersion:
    """Put the firm's policy to the signers.

    Raises
    ------
    Refusal
        If these rules were put to them already.
    """
    return sign_off.propose(user, firm_policy())


def put_exception(user: User, run: PlanRun, reason: str) -> PolicyVersion:
    """Put the policy of a plan to the signers as an exception to the signed one.

    Raises
    ------
    InputError
        If there is no plan yet.
    Refusal
        If no policy is signed yet, nothing differs from it, or no reason is given.
    """
    if not run.has_plan:
        raise InputError({"plan": "isn't finished"})
    in_force = sign_off.find_in_force()
    if in_force is None:
        message = "No policy is signed yet, so there is nothing to make an exception to."
        raise Refusal("RV209", message, CODES["RV209"].fix)
    return sign_off.propose(user, plan_policy(run), exception_to=in_force, reason=reason[:MOST_WORDS])
