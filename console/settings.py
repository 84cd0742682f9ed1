"""All settings of Gatehouse, read from the environment (.env.example explains every variable)."""

import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from console.environment import (
    address,
    boolean,
    database,
    env,
    host_names,
    integer,
    optional_list,
    origins,
    required_list,
    required_secret,
    seconds,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_env(env.str("DOTENV", default=str(BASE_DIR / ".env")), overwrite=False)

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver"}
UNDER_MANAGE = Path(sys.argv[0]).name == "manage.py"
UNDER_WORKER = UNDER_MANAGE and sys.argv[1:2] == ["worker"]
MIN_SECRET_KEY_LENGTH = 32
YEAR = 365 * 24 * 3600  # seconds
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# --- Secrets -------------------------------------------------------------------------------------

MAKE_SECRET_KEY = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'."  # noqa: S105
SECRET_KEY = required_secret("SECRET_KEY", MAKE_SECRET_KEY)
VAULT_KEYSET = required_secret("VAULT_KEYSET", "Make one with: python -m console.vault.")
# The file that it came from, if any: `manage.py keys … --write` replaces it.
VAULT_KEYSET_FILE: str = env.ENVIRON.get("VAULT_KEYSET_FILE", "")
VAULT_KEYSET_KEK_URI = env.str("VAULT_KEYSET_KEK_URI", default="").strip()
if SECRET_KEY == VAULT_KEYSET:
    raise ImproperlyConfigured("SECRET_KEY and VAULT_KEYSET are the same. Replace one of them.")
if len(SECRET_KEY) < MIN_SECRET_KEY_LENGTH or len(set(SECRET_KEY)) < 5:
    raise ImproperlyConfigured(f"SECRET_KEY is too short or too simple. {MAKE_SECRET_KEY}")

# --- Where it runs -------------------------------------------------------------------------------

DEBUG = boolean("DEBUG", default=False)
ALLOWED_HOSTS = host_names("ALLOWED_HOSTS", "Name the hosts that it answers to.")
ON_LOOPBACK = set(ALLOWED_HOSTS) <= LOOPBACK_HOSTS  # a developer's machine
HTTPS_ONLY = boolean("HTTPS_ONLY", default=not ON_LOOPBACK)
# How many proxies of ours stand in front; their X-Forwarded-* headers are trusted. gunicorn speaks
# no TLS here, so HTTPS implies one.
TRUSTED_PROXY_COUNT = integer(
    "TRUSTED_PROXY_COUNT", default=1 if HTTPS_ONLY else 0, minimum=0, maximum=20
)
CSRF_TRUSTED_ORIGINS = origins("CSRF_TRUSTED_ORIGINS")

if DEBUG and not ON_LOOPBACK:
    raise ImproperlyConfigured(
        "DEBUG is on, and ALLOWED_HOSTS names more than this machine. Turn it off: its error pages "
        "show settings and source."
    )
if HTTPS_ONLY and not TRUSTED_PROXY_COUNT:
    raise ImproperlyConfigured(
        "TRUSTED_PROXY_COUNT is 0 with HTTPS_ONLY: every page would redirect to itself. "
        "Count the proxy that ends TLS."
    )
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS_ONLY
HSTS_SECONDS = integer("HSTS_SECONDS", default=YEAR, minimum=0, maximum=10 * YEAR)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "console.team.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_AGE = integer("SESSION_SECONDS", default=12 * 3600, minimum=60, maximum=YEAR)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "console.web.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Uploads are dropped, except where a view takes them; nothing is written to disk.
FILE_UPLOAD_HANDLERS = ["console.web.uploads.FilesOfViewsThatTakeThem"]

# --- The upstreams -------------------------------------------------------------------------------

# Origins that a credential profile may name; nothing else is ever called.
UPSTREAM_ORIGINS = required_list(
    "UPSTREAM_ORIGINS",
    "Name the origins that may be called, as in https://auth.dxtra.ai,https://api.dxtra.ai.",
)
# Further allowed origins whose names may resolve to private and loopback addresses. An IP address
# or localhost in UPSTREAM_ORIGINS needs no entry here.
UPSTREAM_INTERNAL_ORIGINS = optional_list("UPSTREAM_INTERNAL_ORIGINS")
# Initial values in the form of a new profile.
DXTRA_AUTH_URL = address("DXTRA_AUTH_URL", default="https://auth.dxtra.ai/v1")
DXTRA_GRAPHQL_URL = address("DXTRA_GRAPHQL_URL", default="https://api.dxtra.ai/v1/graphql")
DPAAS_BASE_URL = address("DPAAS_BASE_URL", default="http://localhost:8000")
# Total seconds for one call, connecting and reading included.
DPAAS_DEADLINE = seconds("DPAAS_DEADLINE", default=10.0)
DXTRA_DEADLINE = seconds("DXTRA_DEADLINE", default=65.0)  # its actions may take 60 s
UPSTREAM_MAX_BYTES = integer(  # decoded
    "UPSTREAM_MAX_BYTES", default=32 * 1024**2, minimum=1024, maximum=1024**3
)
# Lists of DPaaS that are searched or exported: how long their rows are kept sealed, and how many.
LISTS_KEPT_SECONDS = integer("LISTS_KEPT_SECONDS", default=60, minimum=10, maximum=3600)
LISTS_MAX_ROWS = integer("LISTS_MAX_ROWS", default=5000, minimum=100, maximum=100_000)
# GraphQL answers, kept sealed for their owner: how long, how many, and of how many bytes in all.
ANSWERS_KEPT_SECONDS = integer("ANSWERS_KEPT_SECONDS", default=3600, minimum=60, maximum=24 * 3600)
ANSWERS_MAX_COUNT = integer("ANSWERS_MAX_COUNT", default=50, minimum=1, maximum=1000)
ANSWERS_MAX_BYTES = integer(
    "ANSWERS_MAX_BYTES", default=128 * 1024**2, minimum=1024**2, maximum=16 * 1024**3
)
# The largest schema that is kept, in bytes of introspection, and the days after which one that
# nobody opens is deleted.
SCHEMA_MAX_BYTES = integer("SCHEMA_MAX_BYTES", default=32 * 1024**2, minimum=1024, maximum=1024**3)
SCHEMAS_KEPT_DAYS = integer("SCHEMAS_KEPT_DAYS", default=90, minimum=2, maximum=3650)
CALLS_KEPT_DAYS = integer("CALLS_KEPT_DAYS", default=30, minimum=1, maximum=3650)
# The history of GraphQL runs: for so long, and so many for each teammate.
HISTORY_KEPT_DAYS = integer("HISTORY_KEPT_DAYS", default=90, minimum=1, maximum=3650)
HISTORY_MAX_RUNS = integer("HISTORY_MAX_RUNS", default=5000, minimum=50, maximum=100_000)
MAX_GRAPHQL_TABS = integer("MAX_GRAPHQL_TABS", default=20, minimum=1, maximum=200)  # a teammate
# Saved queries: how many a teammate may own, how much they take with their versions (compressed and
# sealed, in bytes), how many versions of each are kept, how many one import brings.
SAVED_QUERIES_PER_TEAMMATE = integer(
    "SAVED_QUERIES_PER_TEAMMATE", default=1_000, minimum=1, maximum=100_000
)
SAVED_QUERIES_MAX_BYTES = integer(
    "SAVED_QUERIES_MAX_BYTES", default=20_000_000, minimum=1_000_000, maximum=10_000_000_000
)
SAVED_QUERY_VERSIONS = integer("SAVED_QUERY_VERSIONS", default=50, minimum=1, maximum=10_000)
SAVED_QUERY_IMPORT_MAX = 500
# Seconds for one call to an auth server, and for the lease under which a profile's tokens are
# fetched. Its holder may refresh and then sign in, so the lease must outlive two calls.
TOKEN_CALL_SECONDS = seconds("TOKEN_CALL_SECONDS", default=10.0)
LEASE_SECONDS = seconds("LEASE_SECONDS", default=30.0, maximum=3600)
if LEASE_SECONDS < 2 * TOKEN_CALL_SECONDS + 5:
    raise ImproperlyConfigured("LEASE_SECONDS must be at least 2 × TOKEN_CALL_SECONDS + 5.")
# A folder, for the fault harness alone (console/profiles/lifecycle/failpoints.py); empty: off.
FAIL_POINTS: str = env.str("FAIL_POINTS", default="")

# --- Parts ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "console.vault",
    "console.team",
    "console.profiles",
    "console.calls",
    "console.accounts",
    "console.accounts.lists",
    "console.accounts.detail",
    "console.accounts.bulk",
    "console.graphql",
    "console.graphql.schema",
    "console.graphql.desk",
    "console.graphql.history",
    "console.graphql.library",
    "console.web",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "template_partials",  # its app configuration wraps the template loaders
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "console.web.request_log.log_requests",
    "console.web.health.answer_probes",
    "console.web.middleware.exact_host",
    "console.web.middleware.tell_of_lost_https",
    "django.middleware.security.SecurityMiddleware",
    "console.web.static_files.StaticFilesMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # a list is 30 kB without; pads against BREACH
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.web.body_limit.limit_body",  # before any view reads a body
    "console.web.time_zone.in_zone_of_reader",
    "console.web.middleware.SignInRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "console.web.middleware.method_not_allowed_page",
    "console.web.middleware.keep_out_of_caches",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.profiles.selection.context_processors.header",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database ------------------------------------------------------------------------------------

# A file by default on a developer's machine alone: elsewhere it would be lost with the container.
DATABASES: dict[str, dict[str, Any]] = {
    "default": database(
        "DATABASE_URL",
        folder=BASE_DIR,
        default="sqlite:///gatehouse.sqlite3" if ON_LOOPBACK else None,
    )
}
_database = DATABASES["default"]
_on_sqlite = _database.get("ENGINE") == "django.db.backends.sqlite3"

# How much is served at a time (gunicorn.conf.py): processes, and the calls that each is meant to
# have under way. Two times sixteen keep 160 a second going at an upstream that takes 200 ms, on
# either database (docs/performance.md).
PORT = integer("PORT", default=8080, minimum=1, maximum=65535)
WEB_CONCURRENCY = integer("WEB_CONCURRENCY", default=2, minimum=1, maximum=128)
WEB_THREADS = integer("WEB_THREADS", default=16, minimum=1, maximum=128)
# Connections do not spread evenly over the processes: one may get the calls of two.
MAX_CALLS_PER_UPSTREAM = 2 * WEB_THREADS
MAX_CALLS = 2 * MAX_CALLS_PER_UPSTREAM  # two upstreams that hang leave nothing for a third
MAX_QUEUED_CALLS = 200
# Each call in flight and each queued call holds a thread. So there is one for each of them, and
# some to spare for pages and probes that call nobody; no upstream, however slow, can take those.
# The pool starts a thread only when no other is idle.
THREADS = MAX_CALLS + MAX_QUEUED_CALLS + 16

DATABASE_POOL_SIZE = integer("DATABASE_POOL_SIZE", default=WEB_THREADS + 2, minimum=1, maximum=1000)
# None: yes, but start behind no pooler (console/database/readiness.py).
DATABASE_PREPARED_STATEMENTS = boolean("DATABASE_PREPARED_STATEMENTS", default=None)

if _on_sqlite:
    # Writers queue at BEGIN instead of failing halfway; readers never wait (WAL).
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    _database["CONN_MAX_AGE"] = None
else:
    # A pool, so that a request can return its connection before it waits for an upstream.
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        # Notice a server that vanished (a failover, a firewall) within seconds; TCP alone takes a
        # quarter of an hour. DATABASE_URL may override these.
        "connect_timeout": 5,  # seconds, as are the next two
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 10_000,  # milliseconds
        **_database.get("OPTIONS", {}),
    }
    # A statement that comes again is planned once for each connection: a fifth of a page's time
    # (docs/performance.md). Its values go beside its text, so that the text is the same.
    if DATABASE_PREPARED_STATEMENTS is not False:
        _database["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}  # uses
    # A command has one thread, and says at once why it cannot connect.
    if UNDER_WORKER or not UNDER_MANAGE:
        _database["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "timeout": 10,
        }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by all processes: rate limits are counted here, and runs to cancel are named for a moment.
# `migrate` creates its table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    # For {% cache %}: what is drawn alike on page after page, some kB each, in each process.
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "template_fragments",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}

# --- Background jobs -----------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
BULK_MAX_ROWS = integer("BULK_MAX_ROWS", default=100_000, minimum=1, maximum=1_000_000)
# How many rows of one job are sent a second, unless its owner chooses another rate.
BULK_ROWS_PER_SECOND = integer("BULK_ROWS_PER_SECOND", default=5, minimum=1, maximum=100)

# --- Signing in ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["console.team.backend.TeamBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
ACCOUNT_ADAPTER = "console.team.adapter.TeamAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator vouches for each teammate
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "console.team.forms.LoginForm",
    "change_password": "console.team.forms.ChangePasswordForm",
}
ACCOUNT_RATE_LIMITS = {
    # Wrong passwords, at signing in and where one is changed: console/team/throttle.py.
    "password_by_email_and_ip": "5/5m/key",
    "password_by_ip": "30/m/key",
    # More than one address can spend: 60 an hour.
    "password_by_email": "100/h/key",
    # allauth's own for the same, which the above replace.
    "login": None,
    "login_failed": None,
    "change_password": None,
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# --- Language and files --------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [(name, BASE_DIR / "static" / name) for name in ("dist", "images")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # what browsers ask for by a fixed name: favicon.ico
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# Nothing inline, nothing from other origins, no eval. A test checks every template against it.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Logs: one JSON object a line, on standard output, with the request's id ---------------------

# Under manage.py, log lines go to standard error; standard output is the command's own.
_log_stream = sys.stderr if UNDER_MANAGE else sys.stdout

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").strip().upper()
if LOG_LEVEL not in LOG_LEVELS:
    raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "console.web.request_log.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}{request_id}",
            "style": "{",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        }
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": _log_stream,
            "formatter": "json",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stdout"], "level": LOG_LEVEL},
    "loggers": {
        # Repeats the request log, with query strings.
        "django.server": {"handlers": [], "propagate": False},
        # Answers of 4xx are no events; the request log has them.
        "django.request": {"level": "ERROR"},
        # What a client does wrong, such as a Host that is not ours, is its 400 in the request log.
        "django.security": {"level": "CRITICAL"},
        "django.security.csrf": {"level": "WARNING"},
        # INFO would be three lines each time a connection is taken from the pool.
        "psycopg.pool": {"level": "WARNING"},
        "gunicorn.error": {"handlers": [], "propagate": True},
        # It warns of each HEAD, whose body Django leaves to it.
        "gunicorn.http.wsgi": {"level": "ERROR"},
        # Its warnings quote addresses with their queries, and heads of responses.
        "urllib3": {"level": "ERROR"},
        # At DEBUG these log what a key service answered: the keyset in clear.
        "botocore": {"level": "INFO"},
        "google": {"level": "INFO"},
    },
}

TEST_RUNNER = None  # pytest runs the tests; `manage.py test` would miss their set-up
