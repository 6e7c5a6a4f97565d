"""Addresses of the year: reviews, their documents and outcomes, alerts."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import alerts, cycles

urlpatterns = [
    path("year/", cycles.year, name="year"),
    path("year/begin/", cycles.year_begin, name="year_begin"),
    path("year.ics", cycles.year_calendar, name="year_calendar"),
    path("year.csv", cycles.year_csv, name="year_csv"),
    path("cycles/<uuid:pk>/", cycles.cycle, name="cycle"),
    path("cycles/<uuid:pk>/act/", cycles.cycle_act, name="cycle_act"),
    path("cycles/<uuid:pk>/agenda.<slug:form>", cycles.cycle_agenda, name="cycle_agenda"),
    path("cycles/<uuid:pk>/effect/", cycles.cycle_effect, name="cycle_effect"),
    path("cycles/<uuid:pk>/files/<str:name>", cycles.cycle_file, name="cycle_file"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<uuid:pk>/snooze/", alerts.alert_snooze, name="alert_snooze"),
]
