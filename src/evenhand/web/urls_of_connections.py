"""Addresses of connected systems and their syncs."""

from __future__ import annotations

from django.urls import include, path

from evenhand.web.pages import connections

urlpatterns = [
    path("connections/", connections.connections, name="connections"),
    path("connections/new/<slug:vendor>/", connections.connection_new, name="connection_new"),
    path("connections/<uuid:pk>/", connections.connection, name="connection"),
    path("connections/<uuid:pk>/edit/", connections.connection_edit, name="connection_edit"),
    path("connections/<uuid:pk>/syncs/", connections.connection_sync, name="connection_sync"),
    path("connections/<uuid:pk>/columns/", connections.connection_columns, name="connection_columns"),
    path("connections/<uuid:pk>/remove/", connections.connection_remove, name="connection_remove"),
    path("", include("evenhand.web.urls_of_pushes")),
    path("syncs/<uuid:pk>/", connections.sync, name="sync"),
    path("syncs/<uuid:pk>/progress/", connections.sync_progress, name="sync_progress"),
    path("syncs/<uuid:pk>/cancel/", connections.sync_cancel, name="sync_cancel"),
]
