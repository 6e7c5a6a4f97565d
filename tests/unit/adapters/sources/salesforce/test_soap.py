"""What is said over SOAP, and what comes back."""

import pytest

from evenhand.adapters.sources.salesforce.soap import FaultError, read_results, write_update
from evenhand.foundation.errors import SourceError
from evenhand.foundation.secret import Secret

ANSWER = (
    '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="urn:partner.soap.sforce.com"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)


def test_teams_are_kept_and_nothing_goes_along_and_odd_ids_stay_text():
    body = write_update(Secret("tok<en"), "Account", [("001&", "005<x>")]).decode()
    assert "<p:execute>true</p:execute><p:type>KeepAccountTeam</p:type>" in body
    assert "<p:execute>false</p:execute><p:type>TransferOwnedOpenOpportunities</p:type>" in body
    assert "<p:useDefaultRule>false</p:useDefaultRule>" in body
    assert "tok&lt;en" in body
    assert "<o:Id>001&amp;</o:Id><o:OwnerId>005&lt;x&gt;</o:OwnerId>" in body
    assert "KeepAccountTeam" not in write_update(Secret("t"), "Opportunity", [("006", "005")]).decode()


def test_results_are_read_one_by_one():
    saved = "<result><id>001</id><success>true</success></result>"
    refused = (
        "<result><errors><message>row  is\nlocked</message><statusCode>UNABLE_TO_LOCK_ROW</statusCode></errors>"
        "<success>false</success></result>"
    )
    body = ANSWER.format(f"<updateResponse>{saved}{refused}</updateResponse>").encode()
    assert read_results(body) == [(True, "", ""), (False, "UNABLE_TO_LOCK_ROW", "row is locked")]


def test_a_fault_is_raised_with_its_code():
    fault = "<soapenv:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>gone</faultstring></soapenv:Fault>"
    with pytest.raises(FaultError) as caught:
        read_results(ANSWER.format(fault).encode())
    assert (caught.value.code, caught.value.words) == ("INVALID_SESSION_ID", "gone")


@pytest.mark.parametrize("body", [b"", b"<html>", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', b"\xff\xfe nonsense"])
def test_an_answer_that_is_something_else_is_not_believed(body):
    with pytest.raises(SourceError):
        read_results(body)
