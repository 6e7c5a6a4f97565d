"""Signing in by SAML: an identity provider that signs lets in people who are known or invited, and nobody else."""

import datetime as dt
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(find_spec("onelogin") is None, reason="needs the extra saml")
IDP = "https://idp.firm.example"
TRY = """
import base64, datetime as dt, json, sys, uuid, zlib
from urllib.parse import parse_qs, urlsplit
from evenhand.wiring import serving
serving.prepare()
from django.test import Client
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils
from evenhand.adapters.store.models import User
from evenhand.adapters.store.secrets import invite
key, certificate = open(sys.argv[1]).read(), open(sys.argv[2]).read()
IDP = sys.argv[3]
HOST = "http://127.0.0.1:8000/accounts/saml/sso"
NAMES = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'

def stamp(minutes):
    return f"{dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"

def answer(asked, email, sign):
    assertion = f'''<saml:Assertion {NAMES} ID="_{uuid.uuid4().hex}" Version="2.0" IssueInstant="{stamp(0)}">
<saml:Issuer>{IDP}</saml:Issuer><saml:Subject><saml:NameID>{email}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
 NotOnOrAfter="{stamp(5)}" Recipient="{HOST}/acs/" InResponseTo="{asked}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{stamp(-5)}" NotOnOrAfter="{stamp(5)}"><saml:AudienceRestriction>
<saml:Audience>{HOST}/metadata/</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{stamp(0)}" SessionIndex="_1"><saml:AuthnContext><saml:AuthnContextClassRef>
urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>{email}</saml:AttributeValue>
</saml:Attribute></saml:AttributeStatement></saml:Assertion>'''
    if sign:
        assertion = Utils.add_sign(assertion, key, certificate).decode()
    return f'''<samlp:Response {NAMES} ID="_{uuid.uuid4().hex}" Version="2.0" IssueInstant="{stamp(0)}"
 Destination="{HOST}/acs/" InResponseTo="{asked}"><saml:Issuer>{IDP}</saml:Issuer><samlp:Status>
<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{assertion}</samlp:Response>'''

def come_in(email, sign=True, asked=None, change=lambda text: text):
    client = Client(headers={"host": "127.0.0.1:8000"})
    started = client.post("/accounts/saml/sso/login/")
    request = parse_qs(urlsplit(started["Location"]).query)["SAMLRequest"][0]
    told = etree.fromstring(zlib.decompress(base64.b64decode(request), -15))
    text = change(answer(asked or told.get("ID"), email, sign))
    sent = {"SAMLResponse": base64.b64encode(text.encode()).decode()}
    client.post("/accounts/saml/sso/acs/", sent, follow=True)
    return "_auth_user_id" in client.session, urlsplit(started["Location"]).netloc

known = User.objects.create_user("known@firm.example", role="viewer", name="Known")
invite("invited@firm.example", "leader", "", known)
client = Client(headers={"host": "127.0.0.1:8000"})
metadata = client.get("/accounts/saml/sso/metadata/")
page = client.get("/accounts/login/")
seen = {
    "metadata": [metadata.status_code, metadata.content.decode()],
    "button": "The firm" in page.content.decode(), "policy": page["Content-Security-Policy"],
    "known": come_in("known@firm.example"),
    "invited": come_in("invited@firm.example"),
    "stranger": come_in("stranger@firm.example"),
    "unsigned": come_in("known@firm.example", sign=False),
    "changed": come_in("stranger@firm.example", change=lambda text: text.replace("stranger@", "known@")),
    "unasked": come_in("known@firm.example", asked="_somebody-elses-request"),
    "people": sorted(User.objects.values_list("email", "role")),
}
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what people see who come in in many ways."""
    home = tmp_path_factory.mktemp("saml")
    key, certificate = make_certificate(home)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment |= {
        "EVENHAND_DATA": str(home / "data"),
        "EVENHAND_SAML_ENTITY_ID": IDP,
        "EVENHAND_SAML_SSO_URL": f"{IDP}/sso",
        "EVENHAND_SAML_CERTIFICATE": str(certificate),
        "EVENHAND_SAML_NAME": "The firm",
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(key), str(certificate), IDP],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def make_certificate(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "key.pem", folder / "certificate.pem"


def test_the_provider_is_told_where_to_answer(seen: Any) -> None:
    status, text = seen["metadata"]
    assert status == 200
    assert "http://127.0.0.1:8000/accounts/saml/sso/acs/" in text
    assert 'WantAssertionsSigned="true"' in text
    assert seen["button"]
    assert f"form-action 'self' {IDP};" in seen["policy"]


def test_known_and_invited_people_come_in(seen: Any) -> None:
    assert seen["known"] == [True, "idp.firm.example"]
    assert seen["invited"][0]
    assert ["invited@firm.example", "leader"] in seen["people"]


@pytest.mark.parametrize("how", ["stranger", "unsigned", "changed", "unasked"])
def test_nobody_else_does(seen: Any, how: str) -> None:
    assert not seen[how][0]
    assert ["stranger@firm.example", "viewer"] not in seen["people"]


def test_what_is_missing_is_said() -> None:
    from evenhand.foundation.errors import InputError
    from evenhand.wiring.environment import read_environment

    with pytest.raises(InputError) as told:
        read_environment({"EVENHAND_SAML_ENTITY_ID": IDP, "EVENHAND_SAML_SSO_URL": "idp"})
    assert "https://" in told.value.problems["EVENHAND_SAML_SSO_URL"]
    with pytest.raises(InputError) as told:
        read_environment({"EVENHAND_SAML_ENTITY_ID": IDP, "EVENHAND_SAML_SSO_URL": f"{IDP}/sso"})
    assert "EVENHAND_SAML_CERTIFICATE" in told.value.problems["EVENHAND_SAML_ENTITY_ID"]
