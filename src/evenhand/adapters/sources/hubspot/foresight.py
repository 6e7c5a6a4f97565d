"""What would spoil a change set in an account, found by reading before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.sources.hubspot.lists import read_owners
from evenhand.adapters.sources.hubspot.objects import COMPANIES, NO_TERRITORY, OWNER
from evenhand.app.push.codes import CODES
from evenhand.diagnose.wording import say_count
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evenhand.adapters.sources.hubspot.client import HubSpotClient
    from evenhand.handoff.change_set import Write

_SHOWN = 5


def foresee(client: HubSpotClient, writes: Sequence[Write]) -> tuple[Finding, ...]:
    """Return new owners who are gone, and territories that the property can't hold.

    Workflows that give owners away can't be read with the scopes that pushing needs; what they change at once is found
    by reading back.
    """
    return (*_owners(client, writes), *_options(client, writes))


def _owners(client: HubSpotClient, writes: Sequence[Write]) -> Iterator[Finding]:
    new = {write.after for write in writes if write.field == OWNER and write.after}
    if not new:
        return
    rows = {str(row["id"]): row for row in read_owners(client)[1]}
    for one in sorted(new):
        row = rows.get(one)
        if row is None or row["archived"] == "true":
            ids = [write.id for write in writes if write.field == OWNER and write.after == one]
            who = f"{row['name'] or one} isn't active any more" if row else f"There is no owner {one}"
            yield _finding(
                "PU205", "owners", f"{who}, and is to own {say_count(len(ids), 'record')}: {_list(ids)}", ids
            )


def _options(client: HubSpotClient, writes: Sequence[Write]) -> Iterator[Finding]:
    own = client.settings.territory_property
    mine = [write for write in writes if write.object == COMPANIES and write.field == own]
    if not own or not mine:
        return
    answer = client.ask("GET", "/crm/v3/properties/companies/{name}", values={"name": own})
    said = answer.json(dict)
    if answer.get(said, "type", str) != "enumeration":
        return
    options = {
        answer.get(answer.check(one, dict, "an option"), "value", str) for one in answer.get(said, "options", list)
    }
    lacking = sorted({write.after for write in mine if write.after and write.after not in {NO_TERRITORY, *options}})
    for one in lacking:
        ids = [write.id for write in mine if write.after == one]
        words = (
            f"The property {own} has no option {one!r}, which {say_count(len(ids), 'company', 'companies')} are to get"
        )
        yield _finding("PU211", own, words, ids)


def _finding(code: str, subject: str, words: str, ids: Sequence[str]) -> Finding:
    return Finding(code, Severity.WARNING, subject, f"{words}.", CODES[code].fix, {"ids": list(ids), "n": len(ids)})


def _list(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
