"""The addresses of maps and charts, and of what is chosen on them."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import charts, edit_accounts, map_edits, maps

urlpatterns = [
    path("books/<uuid:pk>/map/", maps.book_map, name="book_map"),
    path("books/<uuid:pk>/map/points", maps.book_map_points, name="book_map_points"),
    path("books/<uuid:pk>/map/account", maps.book_map_account, name="book_map_account"),
    path("plans/<uuid:pk>/map/", maps.plan_map, name="plan_map"),
    path("plans/<uuid:pk>/map/points", maps.plan_map_points, name="plan_map_points"),
    path("plans/<uuid:pk>/map/account", maps.plan_map_account, name="plan_map_account"),
    path("plans/<uuid:pk>/map/edit/", map_edits.plan_map_edit, name="plan_map_edit"),
    path("plans/<uuid:pk>/charts/", charts.plan_charts, name="plan_charts"),
    path("plans/<uuid:pk>/edit/accounts", edit_accounts.plan_edit_accounts, name="plan_edit_accounts"),
]
