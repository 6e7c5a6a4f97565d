"""An org with a firm in it, of any size, from a seed."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.contract.salesforce.org import Org

STAGES = (
    ("Prospecting", False, False),
    ("Qualification", False, False),
    ("Proposal", False, False),
    ("Negotiation", False, False),
    ("Closed Won", True, True),
    ("Closed Lost", True, False),
)
STATES = ("NY", "CA", "TX", "IL", "WA")
TODAY = dt.date(2026, 9, 30)


def fill(org: Org, n_accounts: int = 60, n_deals: int = 200, n_territories: int = 6, seed: int = 7) -> Org:
    """Put users, territories, accounts, opportunities, activities and quotas into an org."""
    draw = random.Random(seed)
    boss = org.add("User", Name="Bea Boss", Email="bea@example.com", IsActive=True, UserType="Standard")
    reps = [
        org.add(
            "User", Name=f"Rep {i}", Email=f"rep{i}@example.com", IsActive=True, UserType="Standard", ManagerId=boss
        )
        for i in range(n_territories)
    ]
    org.add("User", Name="Integration", IsActive=True, UserType="AutomatedProcess")
    for order, (name, is_closed, is_won) in enumerate(STAGES, start=1):
        org.add(
            "OpportunityStage", MasterLabel=name, ApiName=name, SortOrder=order, IsActive=True,
            IsClosed=is_closed, IsWon=is_won,
        )  # fmt: skip
    kind = org.add("Territory2Type", MasterLabel="Region", DeveloperName="Region", Priority=1)
    model = org.add("Territory2Model", Name="FY26", DeveloperName="FY26", State="Active")
    draft = org.add("Territory2Model", Name="FY27", DeveloperName="FY27", State="Planning")
    org.add("Territory2", Name="Draft", DeveloperName="Draft", Territory2ModelId=draft, Territory2TypeId=kind)
    top = org.add("Territory2", Name="All", DeveloperName="All", Territory2ModelId=model, Territory2TypeId=kind)
    seats = []
    for i, rep in enumerate(reps):
        seat = org.add(
            "Territory2", Name=f"Region {i}", DeveloperName=f"Region_{i}", Territory2ModelId=model,
            Territory2TypeId=kind, ParentTerritory2Id=top,
        )  # fmt: skip
        seats.append(seat)
        org.add(
            "UserTerritory2Association",
            UserId=rep,
            Territory2Id=seat,
            RoleInTerritory2="Owner",
            IsActive=True,
            LastModifiedDate="2025-01-06T10:00:00.000+0000",
        )
        org.add(
            "ForecastingQuota", QuotaAmount=1_000_000.0, QuotaOwnerId=rep, Territory2Id=seat, IsAmount=True,
            StartDate="2026-07-01",
        )  # fmt: skip
    accounts = []
    for i in range(n_accounts):
        at = min(int(draw.expovariate(1.2 / n_territories)), n_territories - 1)
        account = org.add(
            "Account", Name=f'Firm {i} "Ltd", {i}', OwnerId=reps[at], Industry=draw.choice(("Energy", "Retail", None)),
            BillingCountry="US", BillingState=draw.choice(STATES), NumberOfEmployees=draw.randrange(10, 5000),
            AnnualRevenue=float(draw.randrange(1, 900)) * 1e5, CreatedDate="2023-01-09T10:00:00.000+0000",
        )  # fmt: skip
        accounts.append((account, at))
        org.add(
            "ObjectTerritory2Association", ObjectId=account, Territory2Id=seats[at],
            AssociationCause="Territory2Manual", SobjectType="Account",
        )  # fmt: skip
        if i % 10 == 0:
            org.add("AccountHistory", AccountId=account, Field="Owner", OldValue=boss, NewValue=reps[at])
            org.add("AccountHistory", AccountId=account, Field="Owner", OldValue="Bea Boss", NewValue=f"Rep {at}")
            org.add(
                "Task", AccountId=account, OwnerId=reps[at], Status="Completed", TaskSubtype="Call", IsClosed=True,
                ActivityDate=str(TODAY - dt.timedelta(days=i % 90)), CompletedDateTime=None,
            )  # fmt: skip
            org.add(
                "Event", AccountId=account, OwnerId=reps[at], EventSubtype="Event",
                ActivityDate=str(TODAY - dt.timedelta(days=i % 60)), StartDateTime="2026-09-01T09:00:00.000+0000",
            )  # fmt: skip
            org.add("AccountTeamMember", AccountId=account, UserId=boss, TeamMemberRole="Executive Sponsor")
    for i in range(n_deals):
        account, at = draw.choice(accounts)
        name, is_closed, is_won = draw.choice(STAGES)
        closes = TODAY + dt.timedelta(days=draw.randrange(-500, 0) if is_closed else draw.randrange(1, 120))
        org.add(
            "Opportunity", Name=f"Deal {i}", AccountId=account, OwnerId=reps[at], StageName=name, IsClosed=is_closed,
            IsWon=is_won, Type=draw.choice(("New Business", "Existing Business", None)),
            Amount=draw.choice((None, float(draw.randrange(1_000, 90_000)))), CloseDate=str(closes),
            CreatedDate=f"{closes - dt.timedelta(days=150)}T10:00:00.000+0000",
        )  # fmt: skip
    return org
