"""Signing the policy before the numbers are known, and exceptions afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.foundation.errors import Refusal
from evenhand.review.codes import CODES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Signature:
    """A signature under a policy version: the title, whose it is, who gave it (the same, or a delegate)."""

    title: str
    holder: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class PolicyVersion:
    """A version of the policy that is put to the signers.

    Attributes
    ----------
    signers
        The titles that sign, as the policy signed before says; a policy can't do away with its own signers.
    exception_to
        Hash of the signed policy that it departs from; empty for a policy of its own.
    reason
        Why the exception; empty for a policy of its own.
    """

    policy_hash: str
    proposed_by: str
    signers: tuple[str, ...]
    signatures: tuple[Signature, ...] = ()
    exception_to: str = ""
    reason: str = ""
    is_withdrawn: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles that haven't signed."""
        given = {signature.title for signature in self.signatures}
        return tuple(title for title in self.signers if title not in given)

    @property
    def signed_at(self) -> dt.datetime | None:
        """When the last signature came; None while one is missing."""
        if self.missing or self.is_withdrawn:
            return None
        return max((signature.at for signature in self.signatures if signature.title in self.signers), default=None)


def find_titles(version: PolicyVersion, holders: Mapping[str, str], offices: Iterable[str]) -> tuple[str, ...]:
    """Return the titles that somebody may sign for: their own, and those of whom they are the delegate.

    Parameters
    ----------
    holders
        Who holds each title.
    offices
        Ids of the person and of those who delegated to them, see `Person.offices`.
    """
    mine = set(offices)
    return tuple(title for title in version.signers if holders.get(title) in mine)


def find_refusal_to_sign(
    version: PolicyVersion, title: str, holders: Mapping[str, str], offices: Iterable[str]
) -> Refusal | None:
    """Say what is in the way of a signature; None where nothing is."""
    if version.is_withdrawn:
        return _refuse("RV203", "This version was withdrawn.")
    if title not in version.signers:
        return _refuse("RV201", f"{title or 'Nobody without a title'} doesn't sign the policy.")
    if title not in find_titles(version, holders, offices):
        return _refuse("RV201", f"You don't sign for the {title}.")
    if title not in version.missing:
        return _refuse("RV202", f"The {title} has signed.")
    return None


def check_sign(version: PolicyVersion, title: str, holders: Mapping[str, str], offices: Iterable[str]) -> None:
    """Refuse a signature that isn't the person's to give.

    Raises
    ------
    Refusal
        With the reason.
    """
    refusal = find_refusal_to_sign(version, title, holders, offices)
    if refusal is not None:
        raise refusal


def check_exception(version: PolicyVersion, n_changes: int) -> None:
    """Refuse an exception without a reason or without a change.

    Raises
    ------
    Refusal
        With what is missing.
    """
    if version.exception_to and not version.reason.strip():
        raise _refuse("RV205", "An exception needs a reason that everyone will read on the plans made under it.")
    if version.exception_to and not n_changes:
        raise _refuse("RV206", "Nothing differs from the policy that was signed.")


def check_publish_policy(version: PolicyVersion) -> None:
    """Refuse to publish a policy that isn't signed by all.

    Raises
    ------
    Refusal
        Naming the signatures that are missing.
    """
    if version.is_withdrawn:
        raise _refuse("RV203", "This version was withdrawn.")
    if version.missing:
        raise _refuse("RV204", f"The {' and the '.join(version.missing)} has yet to sign.")


def find_unsigned(versions: Sequence[PolicyVersion], policy_hash: str, asked_at: dt.datetime) -> str:
    """Say why a plan doesn't count as made under a policy signed before it; nothing where it does.

    Parameters
    ----------
    policy_hash
        Of the policy that the plan was made under.
    asked_at
        When the plan was asked for.
    """
    same = [version for version in versions if version.policy_hash == policy_hash and not version.is_withdrawn]
    if not same:
        return "The plan's policy was never put to the signers."
    signed = [version.signed_at for version in same if version.signed_at is not None]
    if not signed:
        return f"The {' and the '.join(same[-1].missing)} has yet to sign the plan's policy."
    if min(signed) > asked_at:
        return "The plan was made before its policy was signed; ask for it again."
    return ""


def _refuse(code: str, message: str) -> Refusal:
    return Refusal(code, message, CODES[code].fix)
