"""The Django application of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, templates and static files of the workspace."""

    name = "evenhand.web"
    label = "web"
