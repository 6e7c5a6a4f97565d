"""Addresses of the review: signing the policy, flags, approval, what reps see, notices."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import notices, policies, reviews

urlpatterns = [
    path("policies/", policies.policies, name="policies"),
    path("policies/propose/", policies.policy_propose, name="policy_propose"),
    path("policies/<uuid:pk>/", policies.policy, name="policy"),
    path("policies/<uuid:pk>/act/", policies.policy_act, name="policy_act"),
    path("plans/<uuid:pk>/review/", reviews.plan_review, name="plan_review"),
    path("plans/<uuid:pk>/exception/", policies.plan_exception, name="plan_exception"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<uuid:pk>/", reviews.review, name="review"),
    path("reviews/<uuid:pk>/act/", reviews.review_act, name="review_act"),
    path("reviews/<uuid:pk>/revise/", reviews.review_revise, name="review_revise"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("delegations/", notices.delegations, name="delegations"),
    path("delegations/<uuid:pk>/end/", notices.delegation_end, name="delegation_end"),
    path("policies/titles/", policies.policy_titles, name="policy_titles"),
    path("audit/check/", notices.audit_check, name="audit_check"),
    path("audit.csv", notices.audit_csv, name="audit_csv"),
]
