"""Every address of the workspace."""

from __future__ import annotations

from django.urls import include, path

from evenhand.web.api.router import api
from evenhand.web.pages import (
    books,
    comments,
    compare,
    diagnosis,
    edits,
    errors,
    health,
    home,
    metrics,
    moves,
    people,
    plans,
    sign_in,
    studies,
    territories,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("books/", books.books, name="books"),
    path("books/new/", books.book_new, name="book_new"),
    path("books/<uuid:pk>/", books.book, name="book"),
    path("books/<uuid:pk>/progress/", books.book_progress, name="book_progress"),
    path("books/<uuid:pk>/cancel/", books.book_cancel, name="book_cancel"),
    path("books/<uuid:pk>/rejected.csv", books.book_rejected, name="book_rejected"),
    path("books/<uuid:pk>/diagnosis/", diagnosis.diagnosis, name="diagnosis"),
    path("books/<uuid:pk>/diagnosis.csv", diagnosis.diagnosis_csv, name="diagnosis_csv"),
    path("books/<uuid:pk>/diagnosis/report.html", diagnosis.diagnosis_report, name="diagnosis_report"),
    path("books/<uuid:pk>/territories/", territories.territories, name="territories"),
    path("books/<uuid:pk>/territory/", territories.territory, name="territory"),
    path("books/<uuid:pk>/triggers/", territories.triggers, name="triggers"),
    path("books/<uuid:pk>/records/", territories.records, name="records"),
    path("books/<uuid:pk>/comments/", comments.book_comments, name="book_comments"),
    path("books/<uuid:pk>/plans/new/", plans.plan_new, name="plan_new"),
    path("plans/", plans.plans, name="plans"),
    path("plans/<uuid:pk>/", plans.plan, name="plan"),
    path("plans/<uuid:pk>/progress/", plans.plan_progress, name="plan_progress"),
    path("plans/<uuid:pk>/cancel/", plans.plan_cancel, name="plan_cancel"),
    path("plans/<uuid:pk>/share/", plans.plan_share, name="plan_share"),
    path("plans/<uuid:pk>/report.html", plans.plan_report, name="plan_report"),
    path("plans/<uuid:pk>/plan.zip", plans.plan_folder, name="plan_folder"),
    path("plans/<uuid:pk>/<slug:table>.csv", plans.plan_table, name="plan_table"),
    path("plans/<uuid:pk>/moves/", moves.plan_moves, name="plan_moves"),
    path("plans/<uuid:pk>/comments/", comments.plan_comments, name="plan_comments"),
    path("comments/<uuid:pk>/", comments.comment, name="comment"),
    path("comments/<uuid:pk>/delete/", comments.comment_delete, name="comment_delete"),
    path("mentions/", comments.mentions, name="mentions"),
    path("plans/<uuid:pk>/edit/", edits.plan_edit, name="plan_edit"),
    path("books/<uuid:pk>/studies/new/", studies.study_new, name="study_new"),
    path("studies/<uuid:pk>/", studies.study, name="study"),
    path("studies/<uuid:pk>/progress/", studies.study_progress, name="study_progress"),
    path("studies/<uuid:pk>/cancel/", studies.study_cancel, name="study_cancel"),
    path("compare/", compare.compare, name="compare"),
    path("compare/different.csv", compare.compare_csv, name="compare_csv"),
    path("people/", people.people, name="people"),
    path("people/<uuid:pk>/", people.people_role, name="people_role"),
    path("tokens/", people.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", people.tokens_revoke, name="tokens_revoke"),
    path("audit/", people.audit, name="audit"),
    path("sign-in/<str:secret>/", sign_in.sign_in_link, name="sign_in_link"),
    path("invitations/<str:secret>/", sign_in.invitation, name="invitation"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/", include("evenhand.web.account_urls")),
    path("", include("evenhand.web.map_urls")),
    path("api/v1/", api.urls),
]

handler404 = errors.show_not_found
handler500 = errors.show_bug
