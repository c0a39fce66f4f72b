"""Whether a database was brought to exactly this version before: then a start has nothing to prepare, and does not ask Django."""

import hashlib
from pathlib import Path

import psycopg

from kam import configuration
from kam.launch.private import write_private

# When and how the tables came about, and whether somebody can log in: different in every database, the same until it changes.
STATE = """
SELECT md5(string_agg(concat_ws(' ', app, name, applied), ',' ORDER BY id)), EXISTS (SELECT FROM accounts_user)
FROM django_migrations
"""
DECIDES = ("KAM_DEMO", "KAM_ADMIN_EMAIL")  # what the preparation reads of the environment


def version() -> str:
    """What the code, the packages and the compiled translations here say, in short."""
    packages = [folder for folder in configuration.ROOT.iterdir() if (folder / "__init__.py").exists() and folder.name != "tests"]
    files = [file for folder in packages for kind in ("*.py", "*.po", "*.mo") for file in folder.rglob(kind)]
    digest = hashlib.sha256()
    for file in sorted([*files, configuration.ROOT / "requirements.lock"]):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(configuration.ROOT)} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def state(database_url: str) -> str:
    """What is in the database; empty where nobody can log in yet, or where it cannot say."""
    try:
        with psycopg.connect(database_url, connect_timeout=5) as connection:
            row = connection.execute(STATE).fetchone()
    except psycopg.Error:
        return ""
    return str(row[0]) if row and row[1] else ""


class Prepared:
    """The note in a data folder of what was prepared last."""

    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.note = data / "run" / "prepared"
        self.database_url = environment.get("DATABASE_URL") or configuration.value("DATABASE_URL")

    def _now(self) -> str:
        found = state(self.database_url)
        decides = [configuration.value(name) for name in DECIDES]
        return hashlib.sha256("\0".join([version(), found, *decides]).encode()).hexdigest() if found else ""

    def holds(self) -> bool:
        """Is this the version that the database was prepared for?"""
        try:
            noted = self.note.read_text()
        except OSError:
            return False
        return bool(noted) and noted == self._now()

    def remember(self) -> None:
        """Note what was prepared."""
        write_private(self.note, self._now())
