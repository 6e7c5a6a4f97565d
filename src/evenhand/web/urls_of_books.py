"""Addresses of what books are made of, and what is found in them."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import changes, findings, mapping

urlpatterns = [
    path("books/<uuid:pk>/changes/", changes.book_changes, name="book_changes"),
    path("books/<uuid:pk>/findings/", findings.findings, name="findings"),
    path("books/<uuid:pk>/columns/", mapping.book_columns, name="book_columns"),
    path("uploads/<uuid:pk>/columns/", mapping.upload_columns, name="upload_columns"),
    path("uploads/<uuid:pk>/preview/", mapping.upload_preview, name="upload_preview"),
    path("mappings/", mapping.mappings, name="mappings"),
    path("mappings/<uuid:pk>.toml", mapping.mapping_file, name="mapping_file"),
]
