"""The launcher on the real thing: its own PostgreSQL and Redis, sudden deaths, second starts, and what it never touches."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from kam import configuration
from kam.configuration import ROOT
from kam.launch import broker as brokers
from kam.launch import postgres
from kam.launch.broker import Broker
from kam.launch.console import Trouble
from kam.launch.postgres import Cluster, free_port
from kam.launch.prepared import Prepared
from kam.launch.private import short_folder
from kam.launch.processes import Register, birth
from tests import databases

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose name has a space and an umlaut."""
    folder = tmp_path / "Müller data"
    (folder / "run").mkdir(parents=True)
    return folder


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder / "postgres")
    cluster.start()
    yield cluster
    cluster.stop()


def server_pid(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_the_application_can_make_its_extensions_but_is_no_superuser(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        for extension in ("pg_trgm", "btree_gist", "unaccent"):
            connection.execute(f"CREATE EXTENSION {extension}")
        found = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert found == (False, False, False)
        assert connection.execute("SHOW server_version_num").fetchone() >= ("180000",)
        assert connection.execute(
            "SELECT datcollate, datlocprovider, datlocale FROM pg_database WHERE datname = 'kam'"
        ).fetchone() == (
            "C",
            "b",
            "C.UTF-8",
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT pg_read_file(%s)", [str(cluster.folder / "postgres.password")])


def test_it_listens_on_this_machine_alone_and_asks_for_the_password(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(cluster.url().replace(cluster.password("kam"), "guess"))
    for name in ("kam.password", "postgres.password"):
        assert stat.S_IMODE((cluster.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700


def test_after_kill_9_it_starts_again_with_what_was_committed(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    os.kill(server_pid(cluster), signal.SIGKILL)
    cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_number_in_postmaster_pid_that_belongs_to_another_program_is_not_believed(cluster: Cluster) -> None:
    lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    cluster.start()
    assert server_pid(cluster) != os.getpid()


def test_a_database_is_removed_whoever_still_looks_at_it(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as client:
        client.execute("CREATE TABLE lost AS SELECT generate_series(1, 1000) AS number")
        cluster.drop("kam")
        with pytest.raises(psycopg.OperationalError):
            client.execute("SELECT 1")
    cluster.start()
    with psycopg.connect(cluster.url()) as client:
        assert client.execute("SELECT to_regclass('lost')").fetchone() == (None,)


def test_a_running_cluster_is_used_as_it_is(cluster: Cluster) -> None:
    before = server_pid(cluster), cluster.port
    Cluster(cluster.folder).start()
    assert (server_pid(cluster), cluster.port) == before


def test_a_port_that_was_taken_meanwhile_is_changed(cluster: Cluster) -> None:
    cluster.stop()
    with socket.socket() as other:
        # What the database's last connections left behind must not keep us from taking its port.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", cluster.port))
        other.listen()
        taken = cluster.port
        cluster.start()
        assert cluster.port != taken
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_data_of_another_version_is_refused_with_the_way_out(cluster: Cluster) -> None:
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(Trouble, match="make backup"):
        cluster.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_becomes_nobody_where_user_namespaces_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = postgres.shutil.which
    monkeypatch.setattr(
        postgres.shutil, "which", lambda name, *more, **named: None if name == "unshare" else real(name, *more, **named)
    )
    cluster = Cluster(folder / "postgres")
    cluster.start()
    try:
        assert Path(f"/proc/{server_pid(cluster)}").stat().st_uid == 65534
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        cluster.stop()


def test_redis_is_private_and_found_again_after_its_launcher_died(folder: Path) -> None:
    broker = Broker(folder, Register(folder), "")
    broker.start()
    try:
        assert stat.S_IMODE(broker.socket.stat().st_mode) == 0o700
        assert stat.S_IMODE(broker.socket.parent.stat().st_mode) == 0o700
        pid = json.loads((folder / "run" / "processes.json").read_text())["redis"][0]
        again = Broker(folder, Register(folder), "")
        again.start()
        assert json.loads((folder / "run" / "processes.json").read_text())["redis"][0] == pid
    finally:
        broker.stop()
    assert not broker.alive()
    assert not birth(pid)


def test_redis_starts_again_after_kill_9(folder: Path) -> None:
    broker = Broker(folder, Register(folder), "")
    broker.start()
    try:
        os.kill(json.loads((folder / "run" / "processes.json").read_text())["redis"][0], signal.SIGKILL)
        broker.start()
        assert broker.alive()
    finally:
        broker.stop()


def test_without_any_redis_tasks_travel_through_the_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "server", lambda: None)
    broker = Broker(folder, Register(folder), "postgresql://kam:x@127.0.0.1:1/kam")
    broker.start()
    assert broker.url == "sqla+postgresql+psycopg://kam:x@127.0.0.1:1/kam"


def test_a_socket_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path)[:80])
    folder = short_folder(tmp_path)
    folder.chmod(0o755)
    with pytest.raises(Trouble, match="belongs to somebody else"):
        short_folder(tmp_path)
    folder.chmod(0o700)
    folder.rmdir()


def start(data: Path, port: int, **more: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name not in configuration.DEFAULTS}
    environment |= {"KAM_DATA": str(data), "PORT": str(port), "KAM_DEMO": "0", "KAM_ADMIN_EMAIL": "boss@example.com", **more}
    command = [sys.executable, "-m", "kam.launch", "run"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    assert process.stdout is not None
    heard = ""
    for line in process.stdout:
        heard += line
        if text in line:
            return heard
    raise AssertionError(heard)


def test_a_whole_start_and_an_orderly_end(folder: Path, django_db_setup: None) -> None:
    port = free_port()
    process = start(folder, port)
    try:
        heard = read_until(process, "Ctrl-C stops everything")
        assert f"KAM is ready:  http://localhost:{port}" in heard
        assert "First administrator: boss@example.com" in heard
        assert "kam-demo" not in heard
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            assert json.load(answer)["status"] == "ok"
        ours = Cluster(folder / "postgres").url()
        assert databases.structure(ours) == databases.structure(
            Cluster(configuration.data_folder() / "postgres").url(connection.settings_dict["NAME"])
        )
        note = folder / "run" / "environment.json"
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        secret = json.loads(note.read_text())["SECRET_KEY"]

        second = start(folder, free_port())
        assert second.wait(60) == 1
        assert "already running" in second.communicate()[0]

        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=90)[0]
    finally:
        process.kill()
    assert process.returncode == 0
    stopped = [line.split(" …")[0].removeprefix("• Stopping ") for line in rest.splitlines() if "Stopping" in line]
    assert stopped == ["the web process", "the worker process", "the beat process", "Redis", "PostgreSQL"]
    assert json.loads((folder / "run" / "processes.json").read_text()) == {}
    assert not Cluster(folder / "postgres").alive()
    assert json.loads(note.read_text())["SECRET_KEY"] == secret

    again = start(folder, port)
    try:
        heard = read_until(again, "Ctrl-C stops everything")
        assert "KAM is ready" in heard and "Bringing the database" not in heard
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            assert json.load(answer)["status"] == "ok"
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=90)
    finally:
        again.kill()


def test_a_database_is_prepared_again_when_it_or_the_code_is_another_one(
    cluster: Cluster, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code"
    (code / "kam").mkdir(parents=True)
    for name in ("kam/__init__.py", "kam/words.mo", "requirements.lock"):
        (code / name).write_text("1")
    monkeypatch.setattr(configuration, "ROOT", code)
    prepared = Prepared(folder, {"DATABASE_URL": cluster.url()})
    prepared.remember()
    assert not prepared.holds(), "there are no tables yet"

    def changed(change: Callable[[psycopg.Connection], object]) -> None:
        prepared.remember()
        assert prepared.holds()
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            change(connection)
        assert not prepared.holds()

    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE django_migrations (id serial, app text, name text, applied timestamptz DEFAULT now())")
        connection.execute("CREATE TABLE accounts_user AS SELECT 1 AS id")
        connection.execute("INSERT INTO django_migrations (app, name) VALUES ('core', '0001')")
    changed(lambda connection: connection.execute("INSERT INTO django_migrations (app, name) VALUES ('core', '0002')"))
    changed(lambda connection: connection.execute("UPDATE django_migrations SET applied = now() + interval '1 day'"))
    changed(lambda _connection: (code / "kam" / "__init__.py").write_text("2"))
    changed(lambda _connection: (code / "kam" / "words.mo").unlink())
    changed(lambda _connection: monkeypatch.setenv("KAM_DEMO", "0"))
    changed(lambda connection: connection.execute("DELETE FROM accounts_user"))


def test_a_port_in_use_is_said_before_anything_is_done(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = start(folder, port)
        heard = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert f"Something else uses port {port}" in heard
    assert not Cluster(folder / "postgres").alive()


def test_a_database_and_broker_that_are_named_are_used_and_not_touched(cluster: Cluster, folder: Path) -> None:
    other = folder.with_name("other")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(other, taken.getsockname()[1], DATABASE_URL=cluster.url(), REDIS_URL="redis://127.0.0.1:1/0")
        process.communicate(timeout=60)
    assert not (other / "postgres").exists()
    assert not (other / "redis").exists()
    assert set(json.loads((other / "run" / "environment.json").read_text())) == {"SECRET_KEY", "PUBLIC_URL"}
    assert cluster.alive()
