"""Addresses of what books are made of, what is found in them, and of plans in a spreadsheet."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import changes, findings, mapping, plan_sheets, sources

urlpatterns = [
    path("books/<uuid:pk>/changes/", changes.book_changes, name="book_changes"),
    path("books/<uuid:pk>/findings/", findings.findings, name="book_findings"),
    path("books/<uuid:pk>/columns/", mapping.book_columns, name="book_columns"),
    path("uploads/<uuid:pk>/columns/", mapping.upload_columns, name="books_upload"),
    path("uploads/<uuid:pk>/preview/", mapping.upload_preview, name="books_upload_preview"),
    path("plans/<uuid:pk>/plan.xlsx", plan_sheets.plan_workbook, name="plan_workbook"),
    path("plans/<uuid:pk>/sheet/", plan_sheets.plan_sheet, name="plan_sheet"),
    path("sources/", sources.sources, name="books_sources"),
    path("sources/<uuid:pk>/bring/", sources.source_bring, name="books_source_bring"),
    path("sources/<uuid:pk>/remove/", sources.source_remove, name="books_source_remove"),
    path("mappings/", mapping.mappings, name="books_mappings"),
    path("mappings/<uuid:pk>.toml", mapping.mapping_file, name="books_mapping_file"),
]
