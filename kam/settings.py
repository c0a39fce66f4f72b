"""The one settings file: what Django, Celery and the libraries need to know; values come from kam.configuration."""

import os
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from kam import configuration

BASE_DIR = configuration.ROOT
DATA_DIR = configuration.data_folder()
SECRET_KEY = configuration.value("SECRET_KEY") or "only-for-checks-and-builds-" + "0" * 40
DEBUG = configuration.flag("DEBUG")
DEMO = configuration.flag("KAM_DEMO")
PUBLIC_URL = configuration.value("PUBLIC_URL").rstrip("/")
ALLOWED_HOSTS = configuration.names("ALLOWED_HOSTS")
BASE_CURRENCY = configuration.value("KAM_CURRENCY")
BEHIND_TLS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.admin",
    "django.contrib.humanize",
    "template_partials",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "kam.core",
    "accounts",
    "catalog",
    "orders",
    "budgets",
    "complaints",
    "kam.demo",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "kam.identity.IdentityMiddleware",
    "kam.core.middleware.ReaderMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "kam.urls"
WSGI_APPLICATION = "kam.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "kam.navigation.shell",
            ],
        },
    },
]

_owner = configuration.value("DATABASE_OWNER_URL") if configuration.as_owner else ""
_database = urlsplit(_owner or configuration.value("DATABASE_URL") or "postgresql://kam@127.0.0.1:5432/kam")
# Whom the owner lets in (docs/decisions/restricted-role.md).
RESTRICTED_ROLE = configuration.value("DATABASE_URL") if _owner else ""
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path.lstrip("/"),
        "USER": unquote(_database.username or ""),
        "PASSWORD": unquote(_database.password or ""),
        "HOST": _database.hostname or "",
        "PORT": str(_database.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
        # Compiling a query costs more than any query of KAM takes. The temporary tables of an import stay in memory; who makes
        # none needs none of it.
        "OPTIONS": {"options": "-c jit=off -c temp_buffers=64MB"},
        "TEST": {"NAME": os.environ.get("KAM_TEST_DATABASE", "test_kam")},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sessions and the cache of throttles and lockouts live in PostgreSQL: pages do not depend on Redis.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kam_cache"},
    # Pieces of pages that say the same to everybody for whom their key is the same; kept by each process for itself.
    "pieces": {"BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}", "TIMEOUT": None},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "kam.core.borrowed.MinimumLength", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "kam.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "kam.adapters.SocialAccountAdapter"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
PASSWORD_RESET_TIMEOUT = 3600
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "kam.identity.typed_name"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "kam.identity.client_address"
TRUSTED_PROXIES = int(configuration.value("TRUSTED_PROXIES"))
AXES_LOCKOUT_TEMPLATE = "lockout.html"
MFA_ADAPTER = "kam.adapters.MFAAdapter"
MFA_TOTP_ISSUER = "KAM"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "kam.passkeys.AddPasskey", "edit_webauthn": "kam.passkeys.EditPasskey"}
USERSESSIONS_TRACK_ACTIVITY = False

# Single sign-on, where an issuer is configured: for people who exist, by the e-mail address that the issuer has verified.
OIDC = configuration.value("OIDC_ISSUER").startswith("https://") and bool(configuration.value("OIDC_CLIENT_ID"))
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = False
# A form may only lead to KAM itself, also by way of redirects; the way to the issuer begins with a link.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "kam.single_sign_on.Issuer",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": "Single sign-on",
                "client_id": configuration.value("OIDC_CLIENT_ID"),
                "secret": configuration.value("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": configuration.value("OIDC_ISSUER")},
            }
        ]
        if OIDC
        else [],
    }
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
# A browser keeps cookies by host and not by port: a second KAM on the same machine must not log out the first.
_port = urlsplit(PUBLIC_URL).port
SESSION_COOKIE_NAME = "sessionid" if _port in (None, 8000) else f"sessionid_{_port}"
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_HSTS_SECONDS = 31536000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "kam.core.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LANGUAGE_CODE = "it"
LANGUAGES = [("it", _("Italian")), ("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "kam" / "locale"]
USE_I18N = USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "kam.formats"
TIME_ZONE = "Europe/Rome"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "kam" / "static", *([BASE_DIR / "frontend"] if (BASE_DIR / "frontend").is_dir() else [])]
# An image holds its files collected, named by their content and compressed; elsewhere they are served as they lie.
COLLECTED = STATIC_ROOT.is_dir()
WHITENOISE_USE_FINDERS = not COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "kam.static_files.CollectedFiles" if COLLECTED else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "files"
CLAMAV_URL = configuration.value("CLAMAV_URL")

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = configuration.value("EMAIL_FROM")
REPLY_ADDRESS = configuration.value("KAM_REPLY_ADDRESS").strip().lower()
REPLY_MAILBOX = configuration.value("KAM_REPLY_MAILBOX")
# Where customers' mails are read, by what they bring.
MAILBOXES = {
    "orders": configuration.value("KAM_ORDER_MAILBOXES").split(),
    "complaints": configuration.value("KAM_COMPLAINT_MAILBOXES").split(),
}
_mail = urlsplit(configuration.value("EMAIL_URL"))
if _mail.hostname:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme.endswith("+tls"), _mail.scheme == "smtps"
    EMAIL_TIMEOUT = 10

CELERY_BROKER_URL = configuration.value("REDIS_URL") or "redis://127.0.0.1:6379/0"
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 5, "max_retries": 0}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "run" / "beat")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "sweep-mails": {"task": "kam.core.tasks.sweep_mails", "schedule": 60.0},
    "sweep-pushes": {"task": "kam.core.tasks.sweep_pushes", "schedule": 60.0},
    "sweep-jobs": {"task": "kam.core.tasks.sweep_jobs", "schedule": 30.0},
    "send-digests": {"task": "kam.core.tasks.send_digests", "schedule": 600.0},
    "escalate-work": {"task": "kam.core.tasks.escalate_work", "schedule": 300.0},
    "complete-hand-overs": {"task": "accounts.tasks.complete_hand_overs", "schedule": 3600.0},
    "fetch-mails": {"task": "accounts.tasks.fetch_mails", "schedule": 60.0},
    "end-audits": {"task": "accounts.tasks.end_audits", "schedule": 3600.0},
    "carry-out-transfers": {"task": "catalog.tasks.carry_out_transfers", "schedule": 3600.0},
    "apply-dated-changes": {"task": "accounts.tasks.apply_dated_changes", "schedule": 3600.0},
    "forget-answered-requests": {"task": "kam.core.tasks.forget_answered_requests", "schedule": 3600.0},
    "scan-documents": {"task": "kam.core.tasks.scan_documents", "schedule": 600.0},
    "sweep-deviations": {"task": "budgets.tasks.sweep", "schedule": crontab(hour=3, minute=15)},
    "sweep-after-sales": {"task": "budgets.tasks.sweep_due", "schedule": 60.0},
    "settle-shared-rows": {"task": "budgets.tasks.settle_shared_rows", "schedule": crontab(hour=3, minute=0)},
    "remind-of-budgets": {"task": "budgets.tasks.remind", "schedule": 3600.0},
    "check-totals": {"task": "orders.tasks.check_totals", "schedule": crontab(hour=2, minute=30)},
    "warn-of-agreements": {"task": "orders.tasks.warn_of_agreements", "schedule": 3600.0},
    "remind-of-negotiations": {"task": "orders.tasks.remind_of_negotiations", "schedule": 3600.0},
    "sweep-offer-mails": {"task": "orders.tasks.sweep_offer_mails", "schedule": 60.0},
    "fetch-replies": {"task": "orders.tasks.fetch_replies", "schedule": 60.0},
    "sweep-order-papers": {"task": "orders.tasks.sweep_order_papers", "schedule": 60.0},
    "sweep-price-papers": {"task": "orders.tasks.sweep_price_papers", "schedule": 60.0},
    "close-orders": {"task": "orders.tasks.close_orders", "schedule": 3600.0},
    "expire-offers": {"task": "orders.tasks.expire_offers", "schedule": 3600.0},
    "check-releases": {"task": "orders.tasks.check_releases", "schedule": 3600.0},
    "escalate-consents": {"task": "orders.tasks.escalate_consents", "schedule": 900.0},
    "note-silent-opinions": {"task": "orders.tasks.note_silent_opinions", "schedule": 900.0},
    "fold-order-totals": {"task": "orders.tasks.fold_order_totals", "schedule": 300.0},
    "check-order-totals": {"task": "orders.tasks.check_order_totals", "schedule": crontab(hour=2, minute=40)},
    "check-prices": {"task": "orders.tasks.check_prices", "schedule": crontab(hour=4, minute=0)},
    "check-target-totals": {"task": "budgets.tasks.check_target_totals", "schedule": crontab(hour=2, minute=45)},
    "sweep-complaint-letters": {"task": "complaints.tasks.sweep_complaint_letters", "schedule": 60.0},
    "sweep-repair-letters": {"task": "complaints.tasks.sweep_repair_letters", "schedule": 60.0},
    "look-after-estimates": {"task": "complaints.tasks.look_after_estimates", "schedule": 3600.0},
    "look-after-promises": {"task": "complaints.tasks.look_after_promises", "schedule": 3600.0},
    "tell-of-silence": {"task": "complaints.tasks.tell_of_silence", "schedule": 60.0},
    "refresh-register": {"task": "catalog.tasks.refresh_register", "schedule": 600.0},
    "watch-documents": {"task": "catalog.tasks.watch_documents", "schedule": 3600.0},
    "tell-webhooks": {"task": "kam.core.tasks.tell_webhooks", "schedule": 30.0},
    "forget-old-deliveries": {"task": "kam.core.tasks.forget_old_deliveries", "schedule": 86400.0},
    "forget-old-jobs": {"task": "kam.core.tasks.forget_old_jobs", "schedule": 86400.0},
}

# Requests to other systems: hosts in the own network that may be reached, and an authority of certificates of one's own.
OUTGOING_HOSTS = configuration.names("OUTGOING_HOSTS")
OUTGOING_CA = configuration.value("OUTGOING_CA")

API_REQUESTS_A_MINUTE = 1200
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "kam.core.rest.schema.Schema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["kam.identity.PersonalToken", "kam.core.rest.access.BrowserSession"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["kam.core.rest.throttling.PerUser"],
    "DEFAULT_PARSER_CLASSES": ["kam.core.rest.access.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "kam.core.rest.problems.answer",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "KAM",
    "DESCRIPTION": "Everything that the screens of KAM can do, for programs. Send `Authorization: Token …` with every request.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "DEFAULT_GENERATOR_CLASS": "kam.core.rest.schema.Generator",
    "POSTPROCESSING_HOOKS": ["kam.core.rest.schema.add_problems"],
}

PGHISTORY_APPEND_ONLY = True
# Triggers are installed after each migrate as they stand in the code (docs/decisions/triggers.md).
PGTRIGGER_MIGRATIONS = False
PGTRIGGER_INSTALL_ON_MIGRATE = True

# Ports: the few calls that go up the house by name (an architecture test resolves each).
PORTS: dict[str, str | list[str]] = {
    "role_verbs": "kam.roles.ROLE_VERBS",
    "access_of": "accounts.models.access_of",
    "acting_for": "accounts.models.acting_for",
    "excluded": "accounts.models.excluded",
    "away": "accounts.models.away",
    "audiences_of": "accounts.models.audiences_of",
    "audience_label": "accounts.models.audience_label",
    "audience_members": "accounts.models.audience_members",
    "people_of_each": "accounts.models.people_of_each",
    "people_to_act": "accounts.models.people_to_act",
    "escalation_audience": "accounts.models.escalation_audience",
    "working_calendar": "accounts.models.working_calendar",
    "parameter_scopes": ["accounts.models.location_scopes", "catalog.models.product_line_scopes"],
    "job_kinds": "kam.jobs.JOB_KINDS",
    "job_ends": "kam.jobs.JOB_ENDS",
    "import_kinds": "kam.jobs.IMPORT_KINDS",
    "prints": "kam.jobs.PRINTS",
    "file_takers": "kam.jobs.FILE_TAKERS",
    "hand_over_touches": ["accounts.actions.pass_on.pass_activities", "orders.actions.passing.pass_negotiations"],
    "document_touches": ["catalog.actions.register.follow_document", "orders.actions.order_writing.note_documents"],
    "cut_off": ["accounts.actions.calendar_feed.revoke_feeds"],
    "budgeted_prices": "budgets.reports.price_effect.budgeted_prices",
    "panels": "kam.panels.PANELS",
    "api_nouns": "kam.api.nouns",
    "merge_touches": [
        "kam.core.touches.move_about",
        "accounts.actions.merge.move_accounts",
        "catalog.actions.merging.move_items",
        "orders.actions.merging.keep_sales",
        "orders.actions.merging.move_negotiations",
        "orders.actions.merging.keep_orders",
        "orders.actions.merging.keep_price_papers",
        "orders.actions.merging.move_open_items",
        "complaints.actions.merging.move_deadlines",
    ],
    "mail_takers": [
        "orders.actions.replies.OFFER_MAILS",
        "orders.actions.order_mails.ORDER_MAILS",
        "complaints.actions.complaint_mails.COMPLAINT_MAILS",
    ],
    "document_uses": ["orders.reports.document_uses.sales_using", "complaints.reports.repairs.pieces_using"],
    "document_subjects": ["catalog.models.document_subjects.SUBJECTS", "orders.models.order_subjects.SUBJECTS"],
    "transfer_touches": [
        "catalog.actions.transfers.move_accounts",
        "orders.actions.transferring.move_orders",
        "orders.actions.transferring.move_agreements",
        "budgets.actions.transferring.move_rows",
    ],
    "close_plant_touches": ["accounts.actions.reorganise.close_accounts"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"pgtrigger": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": configuration.value("LOG_LEVEL")},
}
