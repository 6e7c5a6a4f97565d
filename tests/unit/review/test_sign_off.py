import datetime as dt
from dataclasses import replace

import pytest

from evenhand.foundation.errors import Refusal
from evenhand.review.sign_off import (
    PolicyVersion,
    Signature,
    check_exception,
    check_publish_policy,
    check_sign,
    find_titles,
    find_unsigned,
)

AT = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
HOLDERS = {"CRO": "cro", "VP Sales": "vp", "VP RevOps": "ops"}
VERSION = PolicyVersion("abc", "ops", ("CRO", "VP Sales", "VP RevOps"))


def sign(version, *titles, at=AT):
    given = tuple(Signature(title, HOLDERS[title], HOLDERS[title], at) for title in titles)
    return replace(version, signatures=version.signatures + given)


def test_everyone_signs_for_their_own_title_once():
    assert find_titles(VERSION, HOLDERS, ["vp"]) == ("VP Sales",)
    check_sign(VERSION, "VP Sales", HOLDERS, ["vp"])
    with pytest.raises(Refusal, match=r"RV201.*CRO"):
        check_sign(VERSION, "CRO", HOLDERS, ["vp"])
    with pytest.raises(Refusal, match=r"RV202"):
        check_sign(sign(VERSION, "VP Sales"), "VP Sales", HOLDERS, ["vp"])
    with pytest.raises(Refusal, match=r"RV201"):
        check_sign(VERSION, "Intern", {**HOLDERS, "Intern": "i"}, ["i"])


def test_a_delegate_signs_for_the_title_that_was_delegated():
    check_sign(VERSION, "CRO", HOLDERS, ["vp", "cro"])


def test_a_version_is_signed_with_the_last_signature():
    later = AT + dt.timedelta(hours=3)
    signed = sign(sign(VERSION, "CRO", "VP RevOps"), "VP Sales", at=later)
    assert sign(VERSION, "CRO").signed_at is None
    assert signed.signed_at == later
    assert replace(signed, is_withdrawn=True).signed_at is None


def test_a_plan_counts_only_under_a_policy_signed_before_it():
    signed = sign(VERSION, *VERSION.signers)
    assert find_unsigned([], "abc", AT) == "The plan's policy was never put to the signers."
    assert "CRO and the VP Sales" in find_unsigned([sign(VERSION, "VP RevOps")], "abc", AT)
    assert "ask for it again" in find_unsigned([signed], "abc", AT - dt.timedelta(seconds=1))
    assert not find_unsigned([signed], "abc", AT)
    assert find_unsigned([signed], "another", AT)


def test_an_exception_needs_a_reason_and_a_difference():
    exception = replace(VERSION, exception_to="signed")
    with pytest.raises(Refusal, match="RV205"):
        check_exception(exception, 1)
    with pytest.raises(Refusal, match="RV206"):
        check_exception(replace(exception, reason="Two seats are vacant."), 0)
    check_exception(replace(exception, reason="Two seats are vacant."), 1)


def test_only_a_signed_policy_is_published():
    with pytest.raises(Refusal, match="RV204 The CRO has"):
        check_publish_policy(sign(VERSION, "VP Sales", "VP RevOps"))
    check_publish_policy(sign(VERSION, *VERSION.signers))
    with pytest.raises(Refusal, match="RV203"):
        check_publish_policy(replace(sign(VERSION, *VERSION.signers), is_withdrawn=True))
