"""What connecting a HubSpot account asks for."""

from __future__ import annotations

from evenhand.adapters.sources.form import FormField
from evenhand.adapters.sources.hubspot.session import ADDRESS

_OAUTH = {"sign_in": "oauth"}

FORM = (
    FormField(
        "sign_in",
        "How to sign in",
        "private-app: the access token of a private app. oauth: an app with a refresh token.",
        choices=("private-app", "oauth"),
        default="private-app",
    ),
    FormField(
        "access_token",
        "Access token",
        "Of the private app (Settings, Integrations, Private apps).",
        is_secret=True,
        only_if={"sign_in": "private-app"},
    ),
    FormField("client_id", "Client ID", "Of the app.", only_if=_OAUTH),
    FormField("client_secret", "Client secret", "Of the app.", is_secret=True, only_if=_OAUTH),
    FormField(
        "refresh_token", "Refresh token", "That the app got when it was installed.", is_secret=True, only_if=_OAUTH
    ),
    FormField(
        "territory_property",
        "Property that holds the territory",
        "Internal name of a company property, such as sales_territory; HubSpot has no territories of its own. Empty: "
        "the companies of each owner are a territory.",
        is_required=False,
    ),
    FormField(
        "currency", "Currency", "Three letters, the account's own; empty where the mapping says.", is_required=False
    ),
    FormField(
        "address", "Address", f"Of the API; {ADDRESS} unless you know better.", is_required=False, default=ADDRESS
    ),
)

SCOPES = (
    "crm.objects.companies.read and crm.schemas.companies.read: companies and their properties.",
    "crm.objects.deals.read and crm.schemas.deals.read: deals, their pipelines and stages.",
    "crm.objects.owners.read: owners, archived ones too.",
    "crm.objects.contacts.read: calls, meetings, notes and tasks; of contacts only their owner is read, when pushing.",
    "sales-email-read: logged e-mails, of which only day and owner are read. Leave it out where nobody logs any.",
    "To push changes besides: crm.objects.companies.write, .deals.write and .contacts.write. Reading needs none of it.",
)
