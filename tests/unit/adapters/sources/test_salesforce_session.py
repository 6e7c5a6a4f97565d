"""Signing in to Salesforce: what is asked for, the assertion, and where a token may be sent."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evenhand.adapters.sources.salesforce.session import _assertion, _check_instance, read_settings
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.secret import Secret

SAID = {"address": "https://acme.my.salesforce.com", "client_id": "3MVG9"}


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(InputError) as raised:
        read_settings({"address": "http://acme.com", "flow": "jwt", "version": "62"}, {})
    assert set(raised.value.problems) == {"address", "client_id", "username", "private_key", "version"}
    with pytest.raises(InputError, match="flow"):
        read_settings({**SAID, "flow": "password"}, {})


def test_an_assertion_is_signed_and_ends_soon() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings = read_settings({**SAID, "flow": "jwt", "username": "bot@acme.com"}, {"private_key": Secret(pem)})
    head, claims, signature = _assertion(settings, 1_000.0).reveal().split(".")

    def unpack(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    key.public_key().verify(unpack(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), SHA256())
    assert json.loads(unpack(head)) == {"alg": "RS256"}
    assert json.loads(unpack(claims)) == {
        "iss": "3MVG9",
        "sub": "bot@acme.com",
        "aud": "https://login.salesforce.com",
        "exp": 1_180,
    }


@pytest.mark.parametrize("key", ["not a key", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"])
def test_a_key_that_is_none_is_said_without_it(key: str) -> None:
    settings = read_settings({**SAID, "flow": "jwt", "username": "bot"}, {"private_key": Secret(key)})
    with pytest.raises(InputError, match="isn't a private key") as raised:
        _assertion(settings, 0.0)
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    ("instance", "is_good"),
    [
        ("https://acme.my.salesforce.com", True),
        ("https://acme--uat.sandbox.my.salesforce.com", True),
        ("https://evil.example.com", False),
        ("https://salesforce.com.evil.example.com", False),
        ("https://evilsalesforce.com", False),
        ("http://acme.my.salesforce.com", False),
        ("https://user:pass@acme.my.salesforce.com", False),
    ],
)
def test_a_token_goes_to_salesforce_alone(instance: str, is_good: bool) -> None:
    settings = read_settings(SAID, {"client_secret": Secret("hush")})
    if is_good:
        assert _check_instance(settings, instance) == instance
    else:
        with pytest.raises(SourceError, match="token wasn't used"):
            _check_instance(settings, instance)
