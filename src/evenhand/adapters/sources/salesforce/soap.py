"""update() over SOAP: only it can say that a change of owner keeps the team and takes nothing along.

https://developer.salesforce.com/docs/platform/api/guide/sforce-api-header-ownerchangeoptions.html: the team is deleted
by default, and REST has no such header. All accounts of one call have the same old owner and the same new one.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from evenhand.adapters.sources.salesforce.session import SYSTEM
from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.foundation.secret import Secret

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_PARTNER = "urn:partner.soap.sforce.com"
_OBJECT = "urn:sobject.partner.soap.sforce.com"
OPTIONS = {
    "KeepAccountTeam": True,
    "KeepSalesTeam": True,
    "SendEmail": False,
    "TransferAllOwnedCases": False,
    "TransferContacts": False,
    "TransferContracts": False,
    "TransferNotesAndAttachments": False,
    "TransferOpenActivities": False,
    "TransferOrders": False,
    "TransferOthersOpenOpportunities": False,
    "TransferOwnedClosedOpportunities": False,
    "TransferOwnedOpenCases": False,
    "TransferOwnedOpenOpportunities": False,
}
"""Teams stay; the plan alone says which deals go where and when, so nothing goes along by itself."""
_OF_ACCOUNTS = frozenset(name for name in OPTIONS if name.startswith("Transfer")) | {"KeepAccountTeam"}


def write_update(token: Secret, kind: str, changes: Sequence[tuple[str, str]]) -> bytes:
    """Return the body that gives records of one object their new owners.

    Parameters
    ----------
    changes
        Id and new owner.
    """
    options = "".join(
        f"<p:options><p:execute>{str(does).lower()}</p:execute><p:type>{name}</p:type></p:options>"
        for name, does in OPTIONS.items()
        if kind == "Account" or name not in _OF_ACCOUNTS
    )
    records = "".join(
        f"<p:sObjects><o:type>{kind}</o:type><o:Id>{escape(record)}</o:Id>"
        f"<o:OwnerId>{escape(owner)}</o:OwnerId></p:sObjects>"
        for record, owner in changes
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_ENVELOPE}" xmlns:p="{_PARTNER}" '
        f'xmlns:o="{_OBJECT}"><e:Header>'
        f"<p:SessionHeader><p:sessionId>{escape(token.reveal())}</p:sessionId></p:SessionHeader>"
        "<p:AssignmentRuleHeader><p:useDefaultRule>false</p:useDefaultRule></p:AssignmentRuleHeader>"
        f"<p:OwnerChangeOptions>{options}</p:OwnerChangeOptions>"
        f"</e:Header><e:Body><p:update>{records}</p:update></e:Body></e:Envelope>"
    ).encode()


class FaultError(Exception):
    """The call failed as a whole: its code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


def read_results(body: bytes) -> list[tuple[bool, str, str]]:
    """Return for each record whether it was saved, else the code and words of the first error.

    Raises
    ------
    FaultError
        If the call failed as a whole.
    SourceError
        If the answer can't be understood.
    """
    if b"<!" in body:  # a document type could make a small answer a huge one
        raise SourceError(SYSTEM, "an answer has declarations that no answer needs; it wasn't read.")
    try:
        root = ET.fromstring(body)  # noqa: S314 - without declarations there are no entities to expand
    except ET.ParseError:
        raise SourceError(SYSTEM, "an answer to update() isn't XML; it wasn't used.") from None
    fault = root.find(f".//{{{_ENVELOPE}}}Fault")
    if fault is not None:
        code = (fault.findtext("{*}faultcode") or "").rpartition(":")[2]
        raise FaultError(code, _one_line(fault.findtext("{*}faultstring") or ""))
    results = []
    for result in root.iter(f"{{{_PARTNER}}}result"):
        is_saved = result.findtext(f"{{{_PARTNER}}}success") == "true"
        error = result.find(f"{{{_PARTNER}}}errors")
        code = error.findtext(f"{{{_PARTNER}}}statusCode", "") if error is not None else ""
        words = error.findtext(f"{{{_PARTNER}}}message", "") if error is not None else ""
        results.append((is_saved, code, _one_line(words)))
    return results


def _one_line(words: str) -> str:
    return " ".join(words.split())[:300]
