"""Which of Salesforce's objects are read, and what each brings to a book. One table; nothing else names them.

Fields: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """An object that is read.

    Attributes
    ----------
    fields
        Those read where the org has them; further ones where the connection's mapping names them.
    brings
        What is switched off without it, in words; empty where a book can't be made without it.
    where
        Which of its records, in SOQL.
    """

    name: str
    fields: tuple[str, ...]
    brings: str = ""
    where: str = ""


_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp", "IsDeleted")


def _wanted(name: str, fields: str, brings: str = "", where: str = "") -> Wanted:
    return Wanted(name, ("Id", *fields.split(), *_STAMPS), brings, where)


OBJECTS: tuple[Wanted, ...] = (
    _wanted(
        "User",
        "Name Email ManagerId IsActive UserType",
    ),
    _wanted(
        "Account",
        "Name ParentId OwnerId Industry Type BillingCountry BillingState BillingPostalCode BillingLatitude "
        "BillingLongitude NumberOfEmployees AnnualRevenue LastActivityDate CurrencyIsoCode RecordTypeId",
    ),
    _wanted(
        "AccountHistory",
        "AccountId Field OldValue NewValue",
        "who held an account before, so the cool-down of moved accounts",
        "Field = 'Owner'",
    ),
    _wanted(
        "Opportunity",
        "Name AccountId OwnerId StageName Type Amount CloseDate IsClosed IsWon Probability Territory2Id "
        "CurrencyIsoCode RecordTypeId",
        "pipeline, win rates and the grading of moves by pipeline",
    ),
    _wanted(
        "OpportunityStage",
        "MasterLabel ApiName SortOrder IsActive IsClosed IsWon DefaultProbability",
        "the order of the stages",
    ),
    _wanted("OpportunityHistory", "OpportunityId StageName Amount CloseDate", "how opportunities went through stages"),
    _wanted(
        "OpportunitySplit",
        "OpportunityId SplitOwnerId SplitPercentage SplitAmount SplitTypeId",
        "who shares the credit for an opportunity",
    ),
    _wanted(
        "Task",
        "AccountId OwnerId Status TaskSubtype ActivityDate CompletedDateTime IsClosed",
        "activities, so the grading of moves by recent activity",
        "AccountId != null",
    ),
    _wanted(
        "Event",
        "AccountId OwnerId EventSubtype ActivityDate StartDateTime",
        "meetings, so the grading of moves by recent activity",
        "AccountId != null",
    ),
    _wanted("Territory2Type", "MasterLabel DeveloperName Priority", "the types of territories"),
    _wanted("Territory2Model", "Name DeveloperName State", "which territory model is the active one"),
    _wanted(
        "Territory2",
        "Name DeveloperName Territory2ModelId Territory2TypeId ParentTerritory2Id",
        "territories; without them each owner's accounts are a territory",
    ),
    _wanted(
        "ObjectTerritory2Association",
        "ObjectId Territory2Id AssociationCause SobjectType",
        "which account is in which territory",
    ),
    _wanted(
        "UserTerritory2Association", "UserId Territory2Id RoleInTerritory2 IsActive", "which rep covers which territory"
    ),
    _wanted(
        "ForecastingQuota",
        "QuotaAmount QuotaOwnerId Territory2Id StartDate PeriodId ForecastingTypeId IsAmount IsQuantity "
        "CurrencyIsoCode",
        "quotas, so attainment and the new quotas",
    ),
    _wanted(
        "AccountTeamMember",
        "AccountId UserId TeamMemberRole AccountAccessLevel",
        "account teams, which a change of owner must not delete",
    ),
    _wanted(
        "OpportunityTeamMember",
        "OpportunityId UserId TeamMemberRole OpportunityAccessLevel",
        "opportunity teams, which a change of owner must not delete",
    ),
)
