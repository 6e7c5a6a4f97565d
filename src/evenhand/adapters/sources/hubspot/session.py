"""Signing in to HubSpot: the token of a private app, or an OAuth app whose token is renewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.sources.door import check_address
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.adapters.sources.door import Door

SYSTEM = "HubSpot"
ADDRESS = "https://api.hubapi.com"
OWN_TERRITORY = ""
_TOKEN_PATH = "/oauth/v1/token"  # noqa: S105 - a path


@dataclass(frozen=True)
class Settings:
    """What a connection to a HubSpot account needs.

    Attributes
    ----------
    territory_property
        The company property that holds the territory, since HubSpot has no object for it; "" where each owner's
        companies are a territory.
    access_token
        Of a private app. Or, for an app that signs in by OAuth, the other three.
    """

    address: str = ADDRESS
    territory_property: str = OWN_TERRITORY
    client_id: str = ""
    access_token: Secret = Secret("")  # noqa: RUF009 - it never changes
    client_secret: Secret = Secret("")  # noqa: RUF009 - it never changes
    refresh_token: Secret = Secret("")  # noqa: RUF009 - it never changes

    @property
    def renews(self) -> bool:
        """Whether the token is renewed by OAuth."""
        return bool(self.refresh_token)


def read_settings(said: Mapping[str, str], secrets: Mapping[str, Secret]) -> Settings:
    """Return the settings of what was filled in.

    Raises
    ------
    InputError
        Naming everything that is missing or wrong.
    """
    problems: dict[str, str] = {}
    address = said.get("address") or ADDRESS
    try:
        address = check_address(address)
    except InputError as error:
        problems |= error.problems
    territory = said.get("territory_property", "").strip()
    if territory and not territory.replace("_", "").isalnum():
        problems["territory_property"] = "is the internal name of a company property, such as sales_territory"
    none = Secret("")
    token, refresh = secrets.get("access_token", none), secrets.get("refresh_token", none)
    if not token and not refresh:
        problems["access_token"] = "is missing: the token of a private app (Settings → Integrations → Private apps)"  # noqa: S105 - a message
    if refresh:
        if not said.get("client_id"):
            problems["client_id"] = "is needed beside a refresh token"
        if not secrets.get("client_secret"):
            problems["client_secret"] = "is needed beside a refresh token"  # noqa: S105 - a message
    if problems:
        raise InputError(problems)
    return Settings(
        address,
        territory,
        said.get("client_id", ""),
        token,
        secrets.get("client_secret", none),
        refresh,
    )


def sign_in(settings: Settings, door: Door) -> Secret:
    """Return a token: that of the private app, or a new one by the refresh token.

    https://developers.hubspot.com/docs/api-reference/auth-oauth-v1/tokens/post-oauth-v1-token

    Raises
    ------
    SourceError
        Where HubSpot gives none.
    """
    if not settings.renews:
        return settings.access_token
    form: dict[str, str | Secret] = {
        "grant_type": "refresh_token",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "refresh_token": settings.refresh_token,
    }
    answer = door.request("POST", _TOKEN_PATH, form=form, is_safe=True)
    if not answer.is_ok:
        words = door.quote_words(answer.body, (settings.client_secret, settings.refresh_token))
        message = f"signing in was refused ({answer.status}: {words}). Install the app again and enter its new tokens."
        raise SourceError(SYSTEM, message)
    return Secret(answer.get(answer.json(dict), "access_token", str))
