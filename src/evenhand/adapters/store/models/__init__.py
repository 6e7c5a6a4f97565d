"""What is kept, a file each."""

from evenhand.adapters.store.models.api_token import ApiToken, KeptAnswer
from evenhand.adapters.store.models.audit_event import AuditEvent
from evenhand.adapters.store.models.book import Book
from evenhand.adapters.store.models.comment import Comment
from evenhand.adapters.store.models.connection import Connection, Sync, SyncKind
from evenhand.adapters.store.models.cycle import Cycle, WatchAlert, WatchedBook
from evenhand.adapters.store.models.edit_draft import EditDraft
from evenhand.adapters.store.models.handing import (
    CreditDispute,
    FollowUp,
    FollowUpTask,
    Handoff,
    HandoffMessage,
    HandoffTalk,
    LetterTemplate,
)
from evenhand.adapters.store.models.invitation import Invitation, SignInLink
from evenhand.adapters.store.models.job import Job, State
from evenhand.adapters.store.models.plan_run import Audience, PlanRun
from evenhand.adapters.store.models.policy_version import Delegation, PolicySignature, PolicyVersion
from evenhand.adapters.store.models.push import Push
from evenhand.adapters.store.models.review import (
    Notice,
    Review,
    ReviewApproval,
    ReviewConfirmation,
    ReviewFlag,
    ReviewVoice,
)
from evenhand.adapters.store.models.study import Study, StudyKind
from evenhand.adapters.store.models.upload import SavedMapping, SavedSource, Upload
from evenhand.adapters.store.models.user import User

__all__ = [
    "ApiToken",
    "Audience",
    "AuditEvent",
    "Book",
    "Comment",
    "Connection",
    "CreditDispute",
    "Cycle",
    "Delegation",
    "EditDraft",
    "FollowUp",
    "FollowUpTask",
    "Handoff",
    "HandoffMessage",
    "HandoffTalk",
    "Invitation",
    "Job",
    "KeptAnswer",
    "LetterTemplate",
    "Notice",
    "PlanRun",
    "PolicySignature",
    "PolicyVersion",
    "Push",
    "Review",
    "ReviewApproval",
    "ReviewConfirmation",
    "ReviewFlag",
    "ReviewVoice",
    "SavedMapping",
    "SavedSource",
    "SignInLink",
    "State",
    "Study",
    "StudyKind",
    "Sync",
    "SyncKind",
    "Upload",
    "User",
    "WatchAlert",
    "WatchedBook",
]
