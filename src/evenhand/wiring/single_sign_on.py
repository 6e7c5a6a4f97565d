"""Single sign-on by OpenID Connect or SAML, as allauth wants it said."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.wiring.environment import Environment

SAML_APP = "allauth.socialaccount.providers.saml"
SAML_SLUG = "sso"
"""In the addresses that the identity provider is told: /accounts/saml/sso/metadata/."""

_ATTRIBUTES = {
    "uid": ["urn:oasis:names:tc:SAML:attribute:subject-id", "uid"],
    "email": [
        "urn:oid:0.9.2342.19200300.100.1.3",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "email",
        "mail",
    ],
    "first_name": ["urn:oid:2.5.4.42", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"],
    "last_name": ["urn:oid:2.5.4.4", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"],
}
"""Under which names providers send what: by standard, as Microsoft does, and plainly."""


def describe_providers(environment: Environment) -> dict[str, Any]:
    """Return allauth's providers; nothing where people sign in by password alone.

    Raises
    ------
    InputError
        Where SAML is asked for and its libraries aren't installed, or the certificate can't be read.
    """
    return {**_oidc(environment), **_saml(environment)}


def _oidc(environment: Environment) -> dict[str, Any]:
    if not environment.oidc_issuer:
        return {}
    app = {
        "provider_id": "sso",
        "name": environment.oidc_name,
        "client_id": environment.oidc_client_id,
        "secret": environment.oidc_client_secret,
        "settings": {"server_url": environment.oidc_issuer},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def _saml(environment: Environment) -> dict[str, Any]:
    if not environment.saml_entity_id:
        return {}
    if find_spec("onelogin") is None:
        raise InputError({"EVENHAND_SAML_ENTITY_ID": "needs the extra: pip install 'evenhand[saml]'"})
    provider: dict[str, Any] = {"entity_id": environment.saml_entity_id}
    if environment.saml_metadata_url:
        provider["metadata_url"] = environment.saml_metadata_url
    elif environment.saml_certificate is not None:
        provider["sso_url"] = environment.saml_sso_url
        provider["x509cert"] = _read_certificate(environment.saml_certificate)
    app = {
        "provider_id": environment.saml_entity_id,
        "client_id": SAML_SLUG,
        "name": environment.saml_name,
        "settings": {
            "attribute_mapping": _ATTRIBUTES,
            "idp": provider,
            "advanced": {"want_assertion_signed": True, "reject_idp_initiated_sso": True},
            "verified_email": True,  # the firm's own provider signs for its people's addresses
        },
    }
    return {"saml": {"APPS": [app]}}


def _read_certificate(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError({"EVENHAND_SAML_CERTIFICATE": f"{path} can't be read: {error}"}) from None
