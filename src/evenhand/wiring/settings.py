"""Django's settings, made of the environment; nothing else in the house reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.functional import SimpleLazyObject

import evenhand.adapters.report as _report
from evenhand.wiring.environment import describe_database, describe_mail, find_secret_key, read_environment
from evenhand.wiring.logs import describe_logs
from evenhand.wiring.single_sign_on import SAML_APP, describe_providers

ENVIRONMENT = read_environment()
DATA = ENVIRONMENT.data.resolve()

SECRET_KEY = SimpleLazyObject(lambda: find_secret_key(ENVIRONMENT))  # made when it is needed, not by reading this
DEBUG = False
ALLOWED_HOSTS = sorted({ENVIRONMENT.host, "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.url]
ROOT_URLCONF = "evenhand.web.urls"
WSGI_APPLICATION = "evenhand.wiring.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "evenhand.adapters.store.apps.StoreConfig",
    "evenhand.web.apps.WebConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    *([SAML_APP] if ENVIRONMENT.saml_entity_id else []),
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "evenhand.web.middleware.RequestLog",
    "evenhand.web.origin.Origin",
    "evenhand.web.middleware.SecureHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "evenhand.web.middleware.SignedIn",
    "evenhand.web.middleware.SayErrors",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "evenhand.web.context.workspace",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {"default": describe_database(ENVIRONMENT)}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Parts of pages about plans, which never change; apart, so that they don't push rate limits out.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 20},
    },
}

AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "evenhand.web.sign_in_rules.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "evenhand.web.sign_in_rules.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come in by an invitation to their address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Evenhand: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Evenhand"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 20
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = describe_providers(ENVIRONMENT)

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = str(DATA / "static")
STATICFILES_DIRS = [("report", str(Path(_report.__file__).parent / "templates"))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
WHITENOISE_ALLOW_ALL_ORIGINS = False

FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # of forms and API bodies; files go to disk and are counted apart
DATA_UPLOAD_MAX_NUMBER_FILES = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "evenhand.web.pages.errors.show_csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.is_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.behind_proxy else None
X_FRAME_OPTIONS = "DENY"

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from
for _name, _value in describe_mail(ENVIRONMENT).items():
    globals()[_name] = _value

LOGGING = describe_logs()
LOGGING_CONFIG = "logging.config.dictConfig"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # redirecting to https is the proxy's work

EVENHAND_URL = ENVIRONMENT.url
EVENHAND_SOURCES = ENVIRONMENT.source_folders
EVENHAND_UPLOAD_BYTES = ENVIRONMENT.upload_mb * 2**20
EVENHAND_METRICS_TOKEN = ENVIRONMENT.metrics_token
EVENHAND_STALE_SECONDS = ENVIRONMENT.stale_seconds
EVENHAND_FORM_ORIGINS = ENVIRONMENT.form_origins
