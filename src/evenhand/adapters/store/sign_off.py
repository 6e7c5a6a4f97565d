"""Policy versions in the database: put to the signers, signed, withdrawn, published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import PolicyVersion, User
from evenhand.adapters.store.reviews import find_person, key_of, list_holders, notify
from evenhand.foundation.errors import Refusal
from evenhand.policy import parse_policy, render_policy
from evenhand.review import sign_off
from evenhand.review.codes import CODES

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.policy import Policy


def read_version(row: PolicyVersion) -> sign_off.PolicyVersion:
    """Return a version as a value."""
    return sign_off.PolicyVersion(
        row.policy_hash,
        key_of(row.proposed_by),
        tuple(row.signers),
        tuple(
            sign_off.Signature(given.title, key_of(given.holder), key_of(given.signed_by), given.at)
            for given in row.signatures.select_related("holder", "signed_by")
        ),
        row.exception_to.policy_hash if row.exception_to else "",
        row.reason,
        row.withdrawn_at is not None,
    )


def find_in_force() -> PolicyVersion | None:
    """Return the latest version of its own, not an exception, that everyone has signed."""
    rows = PolicyVersion.objects.filter(withdrawn_at=None, exception_to=None)
    signed = [(at, row) for row in rows if (at := read_version(row).signed_at) is not None]
    return max(signed, key=lambda pair: pair[0])[1] if signed else None


def find_exception(policy_hash: str) -> PolicyVersion | None:
    """Return the exception that a plan's policy is, if it is one."""
    return PolicyVersion.objects.filter(policy_hash=policy_hash, withdrawn_at=None).exclude(exception_to=None).first()


def propose(
    user: User, policy: Policy, *, exception_to: PolicyVersion | None = None, reason: str = ""
) -> PolicyVersion:
    """Put a version of the policy to the signers.

    Raises
    ------
    Refusal
        If it is there already, or is an exception without a reason or a difference.
    """
    in_force = find_in_force()
    signers = read_signers(in_force) if in_force else policy.review.signers
    changes = []
    if exception_to is not None:
        changes = [
            {"path": c.path, "before": c.before, "after": c.after, "text": c.text}
            for c in parse(exception_to).compare(policy)
        ]
        wanted = sign_off.PolicyVersion(policy.content_hash, "", tuple(signers), (), exception_to.policy_hash, reason)
        sign_off.check_exception(wanted, len(changes))
    with transaction.atomic():
        if PolicyVersion.objects.filter(policy_hash=policy.content_hash, withdrawn_at=None).exists():
            raise Refusal("RV207", "These rules were put to the signers already.", CODES["RV207"].fix)
        row = PolicyVersion.objects.create(
            policy_hash=policy.content_hash,
            name=policy.name,
            text=render_policy(policy),
            signers=list(signers),
            exception_to=exception_to,
            reason=reason.strip(),
            changes=changes,
            proposed_by=user,
        )
        action = "policy.exception_proposed" if exception_to else "policy.proposed"
        record(user, action, row, policy_hash=row.policy_hash, reason=row.reason)
        holders = list_holders()
        keys = {holders[title] for title in signers if title in holders}
        what = "an exception to the policy" if exception_to else "the policy"
        notify(
            (one for one in User.objects.filter(is_active=True).exclude(pk=user.pk) if key_of(one) in keys),
            f"{user} puts {what} before you to sign.",
            path=f"/policies/{row.pk}/",
            is_urgent=True,
        )
    return row


def sign(row: PolicyVersion, title: str, user: User, today: dt.date) -> None:
    """Sign a version for a title.

    Raises
    ------
    Refusal
        If the title isn't the person's to sign for, or has signed.
    """
    with transaction.atomic():
        locked = PolicyVersion.objects.select_for_update().get(pk=row.pk)
        holders = list_holders()
        sign_off.check_sign(read_version(locked), title, holders, find_person(user, today).offices)
        holder = next(one for one in User.objects.filter(is_active=True, title=title) if key_of(one) == holders[title])
        locked.signatures.create(title=title, holder=holder, signed_by=user, at=timezone.now())
        record(user, "policy.signed", locked, title=title, on_behalf_of=str(holder.pk) if holder != user else "")
        if read_version(locked).signed_at is not None:
            record(user, "policy.in_force", locked, policy_hash=locked.policy_hash)
            keepers = User.objects.filter(is_active=True, role="revops").exclude(pk=user.pk)
            notify(keepers, f"{locked.name} is signed by all.", path=f"/policies/{row.pk}/", is_urgent=True)


def withdraw(row: PolicyVersion, user: User) -> None:
    """Take a version back before everyone has signed; a signed one stands until another is signed.

    Raises
    ------
    Refusal
        If everyone has signed, or it was taken back.
    """
    with transaction.atomic():
        locked = PolicyVersion.objects.select_for_update().get(pk=row.pk)
        version = read_version(locked)
        if version.is_withdrawn or version.signed_at is not None:
            raise Refusal("RV203", "Everyone has signed, or it was withdrawn.", CODES["RV203"].fix)
        PolicyVersion.objects.filter(pk=row.pk).update(withdrawn_at=timezone.now())
        record(user, "policy.withdrawn", locked)


def publish(row: PolicyVersion, user: User) -> None:
    """Let everyone in the workspace read a signed version.

    Raises
    ------
    Refusal
        If a signature is missing.
    """
    with transaction.atomic():
        locked = PolicyVersion.objects.select_for_update().get(pk=row.pk)
        sign_off.check_publish_policy(read_version(locked))
        if PolicyVersion.objects.filter(pk=row.pk, published_at=None).update(published_at=timezone.now()):
            record(user, "policy.published", locked)
            notify(
                User.objects.filter(is_active=True).exclude(pk=user.pk),
                f"The policy {locked.name} is published.",
                path=f"/policies/{row.pk}/",
            )


def give_title(by: User, title: str, person: User | None) -> None:
    """Say who holds a title; whoever held it before holds it no longer.

    Raises
    ------
    Refusal
        If somebody would give it to themselves.
    """
    if person is not None and person.pk == by.pk:
        raise Refusal("RV208", "Nobody gives a title to themselves.", CODES["RV208"].fix)
    with transaction.atomic():
        held = User.objects.select_for_update().filter(title=title)
        before = [str(one.pk) for one in held]
        held.update(title="")
        if person is not None:
            User.objects.filter(pk=person.pk).update(title=title)
        record(by, "person.titled", person or by, title=title, before=before, after=str(person.pk) if person else "")


def explain_unsigned(policy_hash: str, asked_at: dt.datetime) -> str:
    """Say why a plan doesn't count as made under a policy signed before it; nothing where it does."""
    rows = PolicyVersion.objects.filter(policy_hash=policy_hash).order_by("created_at")
    return sign_off.find_unsigned([read_version(row) for row in rows], policy_hash, asked_at)


def read_signers(row: PolicyVersion) -> list[str]:
    """Return who signs the next version: what the one in force says."""
    return parse(row).review.signers


def parse(row: PolicyVersion) -> Policy:
    """Return the rules of a version."""
    return parse_policy(row.text)
