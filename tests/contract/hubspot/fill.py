"""A small firm in the fake account."""

from __future__ import annotations

import random

from tests.contract.hubspot.portal import ENGAGEMENTS, Portal

STAGES = [
    ("s1", "Discovery", False, "0.2"),
    ("s2", "Proposal", False, "0.6"),
    ("won", "Won", True, "1.0"),
    ("lost", "Lost", True, "0.0"),
]
OTHER = [("r1", "Discovery", False, "0.5"), ("renewed", "Won", True, "1.0")]


def fill(portal: Portal, *, n_companies: int = 30, seed: int = 1) -> Portal:
    """Fill an account: two pipelines with stages of the same names, an owner who has left, a territory property."""
    chance = random.Random(seed)
    owners = [
        portal.add_owner("11", "Ada Lovelace"),
        portal.add_owner("12", "Ben Bell"),
        portal.add_owner("13", "Dan Gone", archived=True),
    ]
    portal.add_pipeline("default", "Sales", STAGES)
    portal.add_pipeline("42", "Renewals", OTHER)
    portal.properties["companies"]["patch"] = {
        "name": "patch", "label": "Sales patch", "type": "enumeration", "fieldType": "select", "hubspotDefined": False,
        "hidden": False, "options": [{"value": f"T{i}", "label": f"Patch {i}", "hidden": False} for i in range(1, 4)],
    }  # fmt: skip
    for i in range(n_companies):
        company = portal.add(
            "companies", name=f"Company {i}", hubspot_owner_id=owners[i % 3], patch=f"T{1 + i % 3}", zip=f"{1000 + i}",
            annualrevenue=str(chance.randrange(10**6)), createdate="2025-03-01T10:00:00.000Z",
        )  # fmt: skip
        for j in range(chance.randrange(3)):
            stage, _, closed, probability = chance.choice(STAGES + OTHER)
            is_won = closed and probability == "1.0"
            deal = portal.add(
                "deals", dealname=f"Deal {i}.{j}", dealstage=stage, pipeline="default", dealtype="newbusiness",
                amount=f"{chance.randrange(10**6) / 100:.2f}", hubspot_owner_id=owners[i % 3],
                hs_is_closed=str(closed).lower(), hs_is_closed_won=str(is_won).lower(),
                createdate="2026-02-01T10:00:00.000Z", closedate="2026-08-01T00:00:00Z",
            )  # fmt: skip
            if i:  # of another company besides, which isn't the primary one
                portal.link("deals", deal, "companies", next(iter(portal.records["companies"])))
            portal.link("deals", deal, "companies", company, is_primary=True)
        contact = portal.add(
            "contacts", firstname="Pat", lastname=str(i), hubspot_owner_id=owners[(i + (i % 5 == 0)) % 3]
        )
        portal.link("contacts", contact, "companies", company, is_primary=True)
        kind = ENGAGEMENTS[i % len(ENGAGEMENTS)]
        work = portal.add(kind, hs_timestamp="2026-09-01T10:00:00Z", hubspot_owner_id=owners[i % 3])
        portal.link(kind, work, "companies", company)
    return portal
