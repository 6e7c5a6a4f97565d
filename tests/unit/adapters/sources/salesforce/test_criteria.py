"""Whether a territory rule takes an account."""

import pytest

from evenhand.adapters.sources.salesforce.criteria import matches

ACCOUNT = {"BillingState": "NY", "NumberOfEmployees": 250, "Name": "Acme Corp", "Tags": "a;b", "Industry": None}
ITEMS = [
    {"SortOrder": 1, "Field": "BillingState", "Operation": "equals", "Value": "NY, NJ"},
    {"SortOrder": 2, "Field": "NumberOfEmployees", "Operation": "greaterThan", "Value": "1000"},
    {"SortOrder": 3, "Field": "Name", "Operation": "startsWith", "Value": "acme"},
]


@pytest.mark.parametrize(
    ("field", "operation", "value", "holds"),
    [
        ("BillingState", "equals", "ny", True),
        ("BillingState", "notEqual", "NY", False),
        ("NumberOfEmployees", "greaterOrEqual", "250", True),
        ("NumberOfEmployees", "lessThan", "250", False),
        ("NumberOfEmployees", "lessOrEqual", "1000", True),
        ("Name", "contains", "corp,inc", True),
        ("Name", "notContain", "corp", False),
        ("Tags", "includes", "b", True),
        ("Tags", "excludes", "b", False),
        ("Industry", "equals", "", True),
        ("Industry", "greaterThan", "5", False),
        ("Name", "within", "anything", True),  # not understood: rather said once too often
    ],
)
def test_each_operation(field, operation, value, holds):
    assert matches(ACCOUNT, [{"SortOrder": 1, "Field": field, "Operation": operation, "Value": value}], None) is holds


@pytest.mark.parametrize(
    ("logic", "takes"),
    [
        (None, False),
        ("1 AND 3", True),
        ("1 AND (2 OR 3)", True),
        ("(1 AND 2) OR NOT 3", False),
        ("1 and not 2", True),
        ("1 AND", True),
        ("7", True),
        ("1 XOR 2", True),
    ],
)
def test_the_filter_logic(logic, takes):
    assert matches(ACCOUNT, list(reversed(ITEMS)), logic) is takes
