"""What exports call tables and columns: words to recognise them by, never to decide."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE_WORDS: tuple[tuple[str, str], ...] = (
    ("transfer_requests", "transferrequest"),
    ("opportunities", "opportunit|pipeline|deal"),
    ("quotas", "quota"),
    ("coverage", "coverage|territoryhistory|territoryassignment|territoryrep|repterritor|userterritor"),
    ("ownership", "ownership|ownerhistory|accounthistory|accountterritor"),
    ("activities", "activit|engagement|meeting|task|event|calls?$"),
    ("reps", "reps?$|salespe|salesrep|salesteam|salesforce|salesagent|seller|users?$|owners?$|employees?$|staff"),
    ("territories", "territor|patch|seats?$"),
    ("accounts", "account|customer|client|compan|organi[sz]ation|stores?$|prospect"),
)
"""Tables of a book, with a pattern for file and sheet names in small letters and digits; the first that fits counts."""


def _words(**words: str) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({column: tuple(text.split()) for column, text in words.items()})


COLUMN_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "accounts": _words(
            account_id="accountid account id companyid customerid storeid clientid customerno customernumber recordid "
            "hsobjectid account18id",
            territory_id="territoryid territory territory2id ownerid accountownerid accountowner owner salespersonid "
            "salesrepid salesrep salesagent hubspotownerid companyowner repid rep",
            name="accountname companyname customername clientname company customer client account name",
            parent_account_id="parentid parentaccountid parentaccount parentcompany subsidiaryof parent",
            segment="segment customersegment accountsegment companysize businesstype accounttype type",
            vertical="industry vertical sector specialty branch",
            country="country billingcountry shippingcountry countrycode countryregioncode officelocation",
            region="region state billingstate stateregion province stateprovince billingstatecode",
            postal_code="postalcode zip zipcode billingpostalcode postcode plz",
            latitude="latitude lat billinglatitude",
            longitude="longitude lon lng billinglongitude",
            time_zone="timezone hstimezone",
            language="language hslanguage",
            employees="numberofemployees numemployees employees employeecount headcount",
            annual_revenue="annualrevenue revenue turnover annualrevenueusd",
            potential="potential revenuepotential accountscore score",
            tier="tier accounttier rating hsicptier",
            created_on="createddate createdate createdon createdat created hscreatedate",
            churned_on="churndate churnedon churnedat lostdate",
            last_activity_on="lastactivitydate lastactivity lastactivityon noteslastupdated",
        ),
        "territories": _words(
            territory_id="territoryid territory id territory2id",
            name="territoryname name masterlabel label",
            parent_territory_id="parentterritoryid parentterritory2id parentid parent",
            layer="layer model territory2modelid",
            capacity_hours="capacityhours capacity hours",
        ),
        "reps": _words(
            rep_id="repid salespersonid salesrepid salesagent userid ownerid employeeid id rep salesperson",
            name="fullname repname name salesagent salesperson rep",
            email="email emailaddress mail username",
            manager_id="managerid manager reportsto reportstoid supervisor",
            hired_on="hiredate hiredon startdate hired joinedon",
            left_on="leftdate enddate terminationdate termdate lefton",
        ),
        "coverage": _words(
            rep_id="repid userid salespersonid ownerid salesrepid salesagent rep salesperson",
            territory_id="territoryid territory territory2id",
            starts_on="startdate starts start validfrom fromdate effectivefrom assignedon",
            ends_on="enddate ends end validto todate effectiveto",
        ),
        "ownership": _words(
            account_id="accountid account companyid customerid storeid objectid",
            territory_id="territoryid territory territory2id ownerid owner salespersonid",
            starts_on="startdate starts start validfrom fromdate effectivefrom createddate",
            ends_on="enddate ends end validto todate effectiveto",
        ),
        "opportunities": _words(
            opportunity_id="opportunityid dealid id recordid hsobjectid",
            account_id="accountid account companyid customerid associatedcompanyid storeid company customer",
            rep_id="ownerid repid salesrepid salesagent opportunityowner dealowner hubspotownerid salespersonid owner",
            type="opportunitytype dealtype type",
            stage="stagename stage dealstage",
            amount="amount closevalue dealamount value totalamount",
            created_on="createddate createdate createdon engagedate opendate created",
            closed_on="closedate closedon closeddate expectedclosedate",
            is_closed="isclosed closed hsisclosed",
            is_won="iswon won hsisclosedwon",
        ),
        "activities": _words(
            account_id="accountid account companyid customerid whatid storeid",
            rep_id="ownerid repid userid salesrepid salespersonid hubspotownerid rep owner",
            kind="kind type tasksubtype activitytype engagementtype subject",
            happened_on="activitydate happenedon date timestamp completeddatetime occurredon hstimestamp",
        ),
        "quotas": _words(
            territory_id="territoryid territory salespersonid quotaownerid ownerid repid",
            period_start="periodstart startdate quotadate from period",
            period_end="periodend enddate to",
            amount="quota quotaamount salesquota amount target",
            attained="attained attainment actual achieved closedwon",
        ),
        "transfer_requests": _words(
            rep_id="repid userid ownerid salespersonid rep",
            requested_on="requestedon requestdate date createddate",
            reason="reason comment note",
        ),
    }
)
"""By table and column of a book, what exports call it, in small letters and digits; the likeliest first."""

STAGE_WORDS: tuple[tuple[str, int, bool, bool], ...] = (
    ("closedwon|^won$|closed/won|gewonnen", 5, True, True),
    ("closedlost|^lost$|disqualif|abandon|cancel|verloren", 5, True, False),
    ("prospect|new|lead|discover|appointment", 1, False, False),
    ("qualif|engag|needs|analysis|perception|presentation", 2, False, False),
    ("proposal|quote|value|decisionmaker|demo|evaluat", 3, False, False),
    ("negotiat|contract|commit|review|verbal", 4, False, False),
)
"""Pattern for a stage's name in small letters and digits, its number, closed, won; the first that fits counts."""
