"""Addresses of sign-in, passwords, second factors and single sign-on, by allauth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.http import Http404
from django.urls import include, path

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def closed(request: HttpRequest) -> HttpResponse:
    """Answer that there is no such page: nobody signs up or changes the address they were invited at."""
    raise Http404


urlpatterns = [
    path("signup/", closed),
    path("email/", closed),
    path("confirm-email/", closed),
    path("confirm-email/<key>/", closed),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("3rdparty/", include("allauth.socialaccount.urls")),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
if apps.is_installed("allauth.socialaccount.providers.saml"):
    urlpatterns.append(path("", include("allauth.socialaccount.providers.saml.urls")))
