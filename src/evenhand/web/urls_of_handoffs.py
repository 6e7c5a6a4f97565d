"""Addresses of the handoff: preparing, the gate, letters, deals, credit, follow-up, templates."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import handoff_deals, handoff_files, handoffs, letter_templates

urlpatterns = [
    path("handoffs/", handoffs.handoffs, name="handoffs"),
    path("reviews/<uuid:pk>/handoff/", handoffs.review_handoff, name="review_handoff"),
    path("handoffs/<uuid:pk>/", handoffs.handoff, name="handoff"),
    path("handoffs/<uuid:pk>/progress/", handoffs.handoff_progress, name="handoff_progress"),
    path("handoffs/<uuid:pk>/cancel/", handoffs.handoff_cancel, name="handoff_cancel"),
    path("handoffs/<uuid:pk>/act/", handoffs.handoff_act, name="handoff_act"),
    path("handoffs/<uuid:pk>/messages/", handoffs.handoff_messages, name="handoff_messages"),
    path("handoffs/<uuid:pk>/decide/", handoffs.handoff_decide, name="handoff_decide"),
    path("handoffs/<uuid:pk>/messages/<int:number>/", handoff_files.handoff_message, name="handoff_message"),
    path(
        "handoffs/<uuid:pk>/messages/<int:number>/letter.<slug:form>",
        handoff_files.handoff_letter,
        name="handoff_letter",
    ),
    path("handoffs/<uuid:pk>/tasks/", handoffs.handoff_tasks, name="handoff_tasks"),
    path("handoffs/<uuid:pk>/ledger/", handoff_deals.handoff_ledger, name="handoff_ledger"),
    path("handoffs/<uuid:pk>/disputes/", handoff_deals.handoff_dispute, name="handoff_dispute"),
    path(
        "handoffs/<uuid:pk>/disputes/<uuid:dispute>/",
        handoff_deals.handoff_dispute_decide,
        name="handoff_dispute_decide",
    ),
    path("handoffs/<uuid:pk>/follow-up/", handoff_deals.handoff_follow_up, name="handoff_follow_up"),
    path("handoffs/<uuid:pk>/brief/", handoff_files.handoff_brief, name="handoff_brief"),
    path("handoffs/<uuid:pk>/timeline.ics", handoff_files.handoff_calendar, name="handoff_calendar"),
    path("handoffs/<uuid:pk>/timeline.html", handoff_files.handoff_timeline, name="handoff_timeline"),
    path("handoffs/<uuid:pk>/<slug:table>.csv", handoff_files.handoff_table, name="handoff_table"),
    path("letters/", letter_templates.letters, name="letters"),
    path("letters/<slug:name>/", letter_templates.letter, name="letters_one"),
    path("letters/<slug:name>/preview/", letter_templates.letter_preview, name="letters_preview"),
]
