"""What the fake org's objects are made of: fields, their types, and which of them may be written.

Pages: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/ with
``sforce_api_objects_<object>.htm`` for each object named here ("Supported Calls", and "Properties" of each field).
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Field:
    """A field as describe tells of it."""

    type: str = "string"
    create: bool = True
    update: bool = True
    nillable: bool = True
    refers_to: str = ""
    label: str = ""


@dataclass(frozen=True)
class ObjectKind:
    """An object: what its ids begin with, its fields, and which calls it takes."""

    prefix: str
    fields: dict[str, Field]
    calls: frozenset[str] = frozenset({"create", "update", "delete"})
    unique: tuple[tuple[str, ...], ...] = ()


READ_ONLY = Field(create=False, update=False)
STAMPS = {
    "Id": replace(READ_ONLY, type="id", nillable=False),
    "IsDeleted": replace(READ_ONLY, type="boolean", nillable=False),
    "CreatedDate": replace(READ_ONLY, type="datetime", nillable=False),
    "LastModifiedDate": replace(READ_ONLY, type="datetime", nillable=False),
    "SystemModstamp": replace(READ_ONLY, type="datetime", nillable=False),
}


def to(kind: str, **more: bool) -> Field:
    """Return a reference to another object."""
    return Field("reference", refers_to=kind, **more)


NUMBER, MONEY, DAY, YES = Field("double"), Field("currency"), Field("date"), Field("boolean", nillable=False)
PICK = Field("picklist")
STAMPED_DAY = Field("datetime", create=False, update=False)
FIXED = {"update": False}


def _kind(prefix: str, fields: dict[str, Field], **more: object) -> ObjectKind:
    return ObjectKind(prefix, {**STAMPS, **fields}, **more)  # type: ignore[arg-type]


OBJECTS: dict[str, ObjectKind] = {
    "Account": _kind("001", {
        "Name": Field(), "ParentId": to("Account"), "OwnerId": to("User"), "Industry": PICK, "Type": PICK,
        "BillingCountry": Field(), "BillingState": Field(), "BillingPostalCode": Field(), "BillingCity": Field(),
        "BillingLatitude": NUMBER, "BillingLongitude": NUMBER, "BillingAddress": Field("address", False, False),
        "NumberOfEmployees": Field("int"), "AnnualRevenue": MONEY, "LastActivityDate": replace(DAY, update=False),
        "RecordTypeId": to("RecordType"),
    }),
    "AccountHistory": _kind("017", {
        "AccountId": to("Account"), "Field": PICK, "OldValue": Field("anyType"), "NewValue": Field("anyType"),
        "CreatedById": to("User"),
    }, calls=frozenset()),
    "AccountTeamMember": _kind("01M", {
        "AccountId": to("Account", **FIXED), "UserId": to("User", **FIXED), "TeamMemberRole": PICK,
        "AccountAccessLevel": PICK,
    }),
    "Contact": _kind("003", {"AccountId": to("Account"), "OwnerId": to("User"), "LastName": Field()}),
    "Opportunity": _kind("006", {
        "Name": Field(), "AccountId": to("Account"), "OwnerId": to("User"), "StageName": PICK, "Type": PICK,
        "Amount": MONEY, "CloseDate": DAY, "IsClosed": replace(YES, create=False, update=False),
        "IsWon": replace(YES, create=False, update=False), "Probability": NUMBER, "Territory2Id": to("Territory2"),
        "IsExcludedFromTerritory2Filter": YES, "RecordTypeId": to("RecordType"),
    }),
    "OpportunityStage": _kind("01J", {
        "MasterLabel": Field(), "ApiName": Field(), "SortOrder": Field("int"), "IsActive": YES, "IsClosed": YES,
        "IsWon": YES, "DefaultProbability": NUMBER,
    }, calls=frozenset()),
    "OpportunityHistory": _kind("008", {
        "OpportunityId": to("Opportunity"), "StageName": PICK, "Amount": MONEY, "CloseDate": DAY,
    }, calls=frozenset()),
    "OpportunitySplit": _kind("1Sp", {
        "OpportunityId": to("Opportunity", **FIXED), "SplitOwnerId": to("User"), "SplitPercentage": NUMBER,
        "SplitAmount": MONEY, "SplitTypeId": to("OpportunitySplitType", **FIXED),
    }),
    "OpportunityTeamMember": _kind("00q", {
        "OpportunityId": to("Opportunity", **FIXED), "UserId": to("User", **FIXED), "TeamMemberRole": PICK,
        "OpportunityAccessLevel": PICK,
    }),
    "Task": _kind("00T", {
        "AccountId": to("Account", create=False, update=False), "WhatId": to("Account"), "OwnerId": to("User"),
        "Subject": Field(), "Status": PICK, "TaskSubtype": PICK, "ActivityDate": DAY,
        "CompletedDateTime": STAMPED_DAY, "IsClosed": replace(YES, create=False, update=False),
    }),
    "Event": _kind("00U", {
        "AccountId": to("Account", create=False, update=False), "WhatId": to("Account"), "OwnerId": to("User"),
        "Subject": Field(), "EventSubtype": PICK, "ActivityDate": DAY, "StartDateTime": Field("datetime"),
    }),
    "User": _kind("005", {
        "Name": Field(create=False, update=False), "Email": Field("email"), "IsActive": YES, "UserType": PICK,
        "ManagerId": to("User"), "UserRoleId": to("UserRole"),
    }),
    "Territory2Type": _kind("0M5", {"MasterLabel": Field(), "DeveloperName": Field(), "Priority": Field("int")}),
    "Territory2Model": _kind("0MA", {"Name": Field(), "DeveloperName": Field(), "State": PICK}),
    "Territory2": _kind("0MI", {
        "Name": Field(), "DeveloperName": Field(), "Territory2ModelId": to("Territory2Model", **FIXED),
        "Territory2TypeId": to("Territory2Type"), "ParentTerritory2Id": to("Territory2"),
    }),
    # No update(): https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectterritory2association.html
    "ObjectTerritory2Association": _kind("0TA", {
        "ObjectId": to("Account", **FIXED), "Territory2Id": to("Territory2", **FIXED),
        "AssociationCause": replace(PICK, update=False), "SobjectType": replace(PICK, create=False, update=False),
    }, calls=frozenset({"create", "delete"}), unique=(("ObjectId", "Territory2Id"),)),
    "UserTerritory2Association": _kind("0TU", {
        "UserId": to("User", **FIXED), "Territory2Id": to("Territory2", **FIXED), "RoleInTerritory2": PICK,
        "IsActive": replace(YES, create=False, update=False),
    }, calls=frozenset({"create", "delete"})),
    "ObjectTerritory2AssignmentRule": _kind("0Vr", {
        "MasterLabel": Field(), "DeveloperName": Field(), "IsActive": YES, "BooleanFilter": Field(),
        "ObjectType": PICK, "Territory2ModelId": to("Territory2Model", **FIXED),
    }),
    "ObjectTerritory2AssignmentRuleItem": _kind("0Vi", {
        "RuleId": to("ObjectTerritory2AssignmentRule", **FIXED), "SortOrder": Field("int"), "Field": PICK,
        "Operation": PICK, "Value": Field(),
    }),
    "RuleTerritory2Association": _kind("0Vs", {
        "RuleId": to("ObjectTerritory2AssignmentRule"), "Territory2Id": to("Territory2"), "IsInherited": YES,
    }, calls=frozenset()),
    "Territory2ObjectExclusion": _kind("0Vx", {
        "ObjectId": to("Account", **FIXED), "Territory2Id": to("Territory2", **FIXED), "Note": Field(),
    }),
    # Territory2Id, StartDate and QuotaOwnerId are "Create", not "Update":
    # https://developer.salesforce.com/docs/atlas.en-us.252.0.object_reference.meta/object_reference/sforce_api_objects_forecastingquota.htm
    "ForecastingQuota": _kind("0J9", {
        "QuotaAmount": MONEY, "QuotaOwnerId": to("User", **FIXED), "Territory2Id": to("Territory2", **FIXED),
        "StartDate": replace(DAY, update=False), "PeriodId": to("Period", create=False, update=False),
        "ForecastingTypeId": to("ForecastingType", **FIXED), "IsAmount": replace(YES, update=False),
        "IsQuantity": replace(YES, update=False),
    }),
    "RecordType": _kind("012", {"Name": Field(), "DeveloperName": Field(), "SobjectType": PICK, "IsActive": YES}),
}  # fmt: skip
