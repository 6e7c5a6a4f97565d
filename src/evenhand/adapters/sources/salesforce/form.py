"""What connecting an org asks for."""

from __future__ import annotations

from evenhand.adapters.sources.form import FormField
from evenhand.adapters.sources.salesforce.session import API_VERSION, Flow

FORM = (
    FormField(
        "address",
        "Address of the org",
        "Its own domain, such as https://acme.my.salesforce.com (Setup, My Domain).",
    ),
    FormField(
        "flow",
        "How to sign in",
        "client-credentials: an app that runs as an integration user. jwt: with a certificate. refresh-token: a token "
        "that somebody got by signing in.",
        choices=tuple(Flow),
        default=Flow.CLIENT_CREDENTIALS,
    ),
    FormField("client_id", "Consumer key", "Of the external client app."),
    FormField(
        "client_secret",
        "Consumer secret",
        "Of the same app.",
        is_secret=True,
        only_if={"flow": Flow.CLIENT_CREDENTIALS},
    ),
    FormField(
        "refresh_token", "Refresh token", "For the app above.", is_secret=True, only_if={"flow": "refresh-token"}
    ),
    FormField("username", "Username", "Of the user that the app acts as.", only_if={"flow": Flow.JWT}),
    FormField(
        "private_key", "Private key", "RSA, in PEM, without a password.", is_secret=True, only_if={"flow": Flow.JWT}
    ),
    FormField(
        "audience",
        "Audience",
        "https://login.salesforce.com, or https://test.salesforce.com for a sandbox.",
        is_required=False,
        default="https://login.salesforce.com",
        only_if={"flow": Flow.JWT},
    ),
    FormField(
        "currency",
        "Currency",
        "Three letters, of all amounts; empty where the mapping says.",
        is_required=False,
    ),
    FormField("version", "API version", f"Such as {API_VERSION}.", is_required=False, default=API_VERSION),
)

SCOPES = (
    "OAuth scope: Manage user data via APIs (api); Perform requests at any time (refresh_token) only for that flow.",
    "User licence: Salesforce Integration, with the permission set licence Salesforce API Integration.",
    "Object permissions: Read on Account, Opportunity, Task, Event, User and ForecastingQuota.",
    "View All Records on Account and Opportunity, else the user sees only what is shared with it.",
    "View Setup and Configuration and Manage Territories (read), where territories are managed in Salesforce.",
    "To push changes besides: Edit and Transfer Record on Account and Opportunity. Reading doesn't need it.",
)
