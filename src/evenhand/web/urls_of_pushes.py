"""Addresses of pushes of a handoff to a connected system."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import pushes

urlpatterns = [
    path("handoffs/<uuid:pk>/pushes/", pushes.handoff_pushes, name="handoff_pushes"),
    path("pushes/<uuid:pk>/", pushes.push, name="push"),
    path("pushes/<uuid:pk>/progress/", pushes.push_progress, name="push_progress"),
    path("pushes/<uuid:pk>/cancel/", pushes.push_cancel, name="push_cancel"),
    path("pushes/<uuid:pk>/records.csv", pushes.push_records, name="push_records"),
]
