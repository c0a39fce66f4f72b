"""Every name of the environment that KAM reads, its default and its meaning; nothing else reads the environment.

A value comes from the variable `NAME`, else from the file that `NAME_FILE` names (a secret), else from
`run/environment.json` in the data folder (what `make run` started), else from the default here.
The table in README.md holds the same rows, and a test compares the two.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Variable:
    """One configuration value: its name, what it is without being set, and what it means."""

    name: str
    default: str
    meaning: str


VARIABLES = [
    Variable("KAM_DATA", "var", "Data folder: database, files, secrets and logs of `make run`"),
    Variable("PORT", "8000", "Port of the web server that `make run` starts"),
    Variable(
        "BIND", "127.0.0.1", "Addresses that `make run` listens on, parted by commas; the demonstration only on this machine"
    ),
    Variable("DATABASE_URL", "", "PostgreSQL to use, postgresql://user:password@host:port/name; empty: embedded"),
    Variable(
        "DATABASE_OWNER_URL",
        "",
        "The same database as its owner: tables are made and changed as this role, and that of `DATABASE_URL` is let in without "
        "the right to change history; empty: one role does both",
    ),
    Variable("REDIS_URL", "", "Redis to use, redis://host:port/0; empty: embedded"),
    Variable("SECRET_KEY", "", "Secret for sessions and signatures; `make run` makes one"),
    Variable("DEBUG", "0", "1 shows details of errors; never on a real installation"),
    Variable("PUBLIC_URL", "http://localhost:8000", "Address that people type; links in e-mails start with it"),
    Variable("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "Host names that the web server answers to"),
    Variable("TRUSTED_PROXIES", "0", "How many reverse proxies stand in front and set X-Forwarded-For"),
    Variable("KAM_DEMO", "1", "1 makes the demonstration company on the first start; 0 starts empty"),
    Variable("KAM_CURRENCY", "EUR", "Currency of the group; fixed once a sale is recorded"),
    Variable("KAM_ADMIN_EMAIL", "", "First administrator of an empty installation"),
    Variable("EMAIL_URL", "", "Mail server, smtp+tls://user:password@host:587; empty: written to the data folder"),
    Variable("EMAIL_FROM", "KAM <kam@localhost>", "Sender of the e-mails"),
    Variable(
        "KAM_REPLY_ADDRESS",
        "",
        "Mailbox for answers to offers that are mailed from here, offers@example.com; mails to offers+…@example.com must arrive there; "
        "empty: answers go to whoever sent the offer",
    ),
    Variable(
        "KAM_REPLY_MAILBOX",
        "",
        "Where that mailbox is read every minute, imaps://user:password@host:993/INBOX; empty: its mails are piped to "
        "`manage.py file_reply`",
    ),
    Variable(
        "KAM_ORDER_MAILBOXES",
        "",
        "Mailboxes to which customers send orders, parted by spaces or lines, each as above; for OAuth2 without a password and with "
        "`?token_url=https://…&client_id=…&client_secret=…&refresh_token=…&scope=…`",
    ),
    Variable("KAM_COMPLAINT_MAILBOXES", "", "The same for complaints"),
    Variable("OIDC_ISSUER", "", "OpenID Connect issuer for single sign-on, https://…; empty: off"),
    Variable("OIDC_CLIENT_ID", "", "Client id at the issuer"),
    Variable("OIDC_CLIENT_SECRET", "", "Client secret at the issuer"),
    Variable("CLAMAV_URL", "", "Virus scanner, tcp://host:3310; empty: files are marked as not scanned"),
    Variable(
        "OUTGOING_HOSTS",
        "",
        "Hosts in the own network that webhooks and single sign-on may reach, parted by commas; others there are refused",
    ),
    Variable(
        "OUTGOING_CA", "", "File with certificates (PEM) that webhooks and single sign-on trust beside those of the machine"
    ),
    Variable("BACKUP_KEY", "", "Key that encrypts backups; empty: backups are not encrypted"),
    Variable("LOG_LEVEL", "INFO", "Least severity that is logged"),
]
#: Commands that make or change tables; every other process connects as the role of DATABASE_URL.
OWNER_COMMANDS = frozenset({"migrate", "createcachetable", "pgtrigger", "restore", "flush"})
#: Whether this process makes or changes tables: it connects as the owner then, where one is named.
as_owner = False
DEFAULTS = {variable.name: variable.default for variable in VARIABLES}


def data_folder() -> Path:
    """The folder that holds everything KAM keeps on disk."""
    return (ROOT / os.environ.get("KAM_DATA", DEFAULTS["KAM_DATA"])).resolve()


def _running() -> dict[str, str]:
    """What `make run` noted of the services that it started in this data folder."""
    try:
        return dict(json.loads((data_folder() / "run" / "environment.json").read_text()))
    except (OSError, ValueError):
        return {}


def value(name: str) -> str:
    """The value of one configuration name; a name that is not in the table is an error."""
    default = DEFAULTS[name]
    if name in os.environ:
        return os.environ[name]
    secret = os.environ.get(f"{name}_FILE")
    if secret:
        return Path(secret).read_text().strip()
    return _running().get(name, default)


def flag(name: str) -> bool:
    """A value that is on or off."""
    return value(name).lower() in {"1", "true", "yes", "on"}


def names(name: str) -> list[str]:
    """A value that is a list, parted by commas."""
    return [part.strip() for part in value(name).split(",") if part.strip()]
