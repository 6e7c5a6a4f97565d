"""The Django application that owns the tables."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Tables of the workspace."""

    name = "evenhand.adapters.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
