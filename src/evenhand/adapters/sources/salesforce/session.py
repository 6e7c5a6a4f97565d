"""Signing in to Salesforce without a person: three ways, each of which gives a token for one org's own address."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from evenhand.adapters.sources.door import check_address
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from evenhand.adapters.sources.answer import Answer
    from evenhand.adapters.sources.door import Door

SYSTEM = "Salesforce"
API_VERSION = "v62.0"
_TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
_JWT_SECONDS = 180
"""Salesforce takes no assertion that ends over five minutes from its own now; three leave room for a slow clock."""
_OWN_DOMAINS = (".salesforce.com", ".force.com", ".salesforce.mil", ".cloudforce.com")


class Flow(StrEnum):
    """How a program signs in."""

    CLIENT_CREDENTIALS = "client-credentials"
    REFRESH_TOKEN = "refresh-token"  # noqa: S105 - a name
    JWT = "jwt"


@dataclass(frozen=True)
class Settings:
    """What a connection to an org needs.

    Attributes
    ----------
    address
        The org's own, such as https://acme.my.salesforce.com.
    username, audience
        For JWT: whom the program acts as; login.salesforce.com, or test.salesforce.com for a sandbox.
    client_secret, refresh_token, private_key
        One of them by the flow; the key in PEM.
    """

    address: str
    client_id: str
    flow: Flow = Flow.CLIENT_CREDENTIALS
    username: str = ""
    audience: str = "https://login.salesforce.com"
    version: str = API_VERSION
    client_secret: Secret = Secret("")  # noqa: RUF009 - it never changes
    refresh_token: Secret = Secret("")  # noqa: RUF009 - it never changes
    private_key: Secret = Secret("")  # noqa: RUF009 - it never changes


def read_settings(said: Mapping[str, str], secrets: Mapping[str, Secret]) -> Settings:
    """Return the settings of what was filled in.

    Raises
    ------
    InputError
        Naming everything that is missing or wrong.
    """
    problems: dict[str, str] = {}
    flow = said.get("flow") or Flow.CLIENT_CREDENTIALS
    if flow not in set(Flow):
        problems["flow"] = f"must be one of {', '.join(Flow)}"
    needed = {
        Flow.CLIENT_CREDENTIALS: ("client_secret",),
        Flow.REFRESH_TOKEN: ("refresh_token",),
        Flow.JWT: ("private_key",),
    }
    for name in ("address", "client_id", *(("username",) if flow == Flow.JWT else ())):
        if not said.get(name):
            problems[name] = "is needed"
    for name in needed.get(Flow(flow), ()) if "flow" not in problems else ():
        if not secrets.get(name):
            problems[name] = "is needed"
    version = said.get("version") or API_VERSION
    if not re.fullmatch(r"v\d{2,3}\.0", version):
        problems["version"] = f"must be written like {API_VERSION}"
    address = said.get("address", "")
    if address:
        try:
            address = check_address(address)
        except InputError as error:
            problems.update(error.problems)
    if problems:
        raise InputError(problems)
    more = {name: secrets[name] for name in ("client_secret", "refresh_token", "private_key") if name in secrets}
    audience = said.get("audience") or "https://login.salesforce.com"
    return Settings(address, said["client_id"], Flow(flow), said.get("username", ""), audience, version, **more)


@dataclass(frozen=True)
class Session:
    """A token and the address that it is for."""

    token: Secret
    address: str
    user: str = ""


def sign_in(settings: Settings, door: Door, now_seconds: Callable[[], float]) -> Session:
    """Get a token.

    Raises
    ------
    SourceError
        Where Salesforce says no, with its words and what to do.
    """
    answer = door.request("POST", _TOKEN_PATH, form=_form(settings, now_seconds), is_safe=True)
    if not answer.is_ok:
        _explain(settings, answer)
    said = answer.json(dict)
    token = Secret(answer.get(said, "access_token", str))
    address = _check_instance(settings, answer.get(said, "instance_url", str))
    return Session(token, address, (answer.find(said, "id", str) or "").rpartition("/")[2])


def _form(settings: Settings, now_seconds: Callable[[], float]) -> dict[str, str | Secret]:
    if settings.flow is Flow.JWT:
        assertion = _assertion(settings, now_seconds())
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    form: dict[str, str | Secret] = {"client_id": settings.client_id}
    if settings.client_secret:
        form["client_secret"] = settings.client_secret
    if settings.flow is Flow.REFRESH_TOKEN:
        return {"grant_type": "refresh_token", **form, "refresh_token": settings.refresh_token}
    return {"grant_type": "client_credentials", **form}


def _assertion(settings: Settings, now_seconds: float) -> Secret:
    try:
        key = load_pem_private_key(settings.private_key.reveal().encode(), None)
    except (ValueError, TypeError):
        raise InputError({"private_key": "isn't a private key in PEM without a password"}) from None
    if not isinstance(key, RSAPrivateKey):
        raise InputError({"private_key": "must be an RSA key; Salesforce takes RS256 only"})
    claims = {
        "iss": settings.client_id,
        "sub": settings.username,
        "aud": settings.audience,
        "exp": int(now_seconds) + _JWT_SECONDS,
    }
    signed = b".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "RS256"}, claims))
    return Secret(b".".join((signed, _base64(key.sign(signed, PKCS1v15(), SHA256())))).decode())


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _check_instance(settings: Settings, address: str) -> str:
    """Return the address that calls go to: the one that was named, or another of Salesforce's."""
    try:
        address = check_address(address)
    except InputError:
        address = ""
    host = urlsplit(address).hostname or ""
    if address == settings.address or (
        (urlsplit(settings.address).hostname or "").endswith(_OWN_DOMAINS) and host.endswith(_OWN_DOMAINS)
    ):
        return address
    message = "the answer to the sign-in sends on to an address that isn't Salesforce's; the token wasn't used."
    raise SourceError(SYSTEM, f"{message} Check the address of the connection.")


_HINTS = {
    "invalid_client_id": "the consumer key isn't known to this org",
    "invalid_client": "the consumer key or secret is wrong",
    "invalid_grant": "the org refuses this sign-in: see that the flow is enabled for the app, that it has a user to "
    "run as, and that the token or key is still valid",
    "inactive_user": "the user that the app runs as is not active",
    "inactive_org": "the org is locked or closed",
    "unsupported_grant_type": "the flow isn't enabled for the app",
}


def _explain(settings: Settings, answer: Answer) -> NoReturn:
    said = answer.json(dict)
    code = answer.find(said, "error", str) or str(answer.status)
    hint = _HINTS.get(code, "see the app's settings in Salesforce Setup")
    message = f"{urlsplit(settings.address).hostname} refuses the sign-in ({code[:60]}): {hint}."
    raise SourceError(SYSTEM, message)
