"""What every test stands on: a copied database, folders of its own, no broker, and the proof that a refusal changed nothing."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.test import override_settings
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

from kam.launch.broker import Broker
from kam.launch.postgres import drop_database
from kam.launch.processes import Register
from tests import databases, workers

pytest_plugins = ["tests.matrix", "tests.world", "tests.issuer.fixtures"]
hypothesis.settings.register_profile("deep", max_examples=100)


#: The files that take longest: where several processes share the work these come first, so that none waits for the last one.
LONGEST = (
    "test_permissions", "test_demo", "test_api_fuzz", "test_bad_input", "test_leaks", "test_budget_grid", "test_journeys",
    "test_launcher", "test_budgets", "test_backup", "test_budget_grid_kept", "test_deviations", "test_query_counts", "test_texts",
    "test_concurrent_edits", "test_sales", "test_faults", "test_sweep",
)  # fmt: skip


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests of one file share what is made for the file, so that one process runs them, unless they name a group of their own."""
    if item.get_closest_marker("xdist_group") is None:
        item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first, the others as they stand."""
    if hasattr(config, "workerinput"):
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was loaded by now stays to the end: looking through it for garbage again and again is a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    """No test reaches a broker by accident: tasks go nowhere unless a test asks for the worker."""
    workers.send_to("memory://")


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for this run, and passwords that are quick to check."""
    data = tmp_path_factory.mktemp("data")
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(MEDIA_ROOT=str(data / "files"), DATA_DIR=data, PASSWORD_HASHERS=hashers):
        yield data


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> Iterator[None]:
    """Every test client builds the whole of KAM's middleware; the three hundred files of the pages are looked at once for all."""
    known: dict[str, Any] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def add(middleware: Any) -> None:
        if not known:
            look(middleware)
            known.update(middleware.files)
        middleware.files.update(known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Whatever language the last request of another test was answered in, a test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A database copied from the migrated template; --reuse-db keeps it for the next run."""
    name = os.environ.get("KAM_TEST_DATABASE", "test_kam")
    worker = getattr(request.config, "workerinput", {}).get("workerid")
    name = f"{name}_{worker}" if worker else name
    keep = request.config.getvalue("reuse_db")
    with django_db_blocker.unblock():
        databases.make(name, reuse=keep and not request.config.getvalue("create_db"))
        databases.suit_tests(name)
    databases.flush_what_was_written()
    yield
    with django_db_blocker.unblock():
        databases.use("postgres")
        if not keep:
            with databases.server() as maintenance:
                drop_database(name, maintenance)


@pytest.fixture
def nothing_changed(db: None) -> Callable[..., AbstractContextManager[None]]:
    """`with nothing_changed(): …` fails if any row of any table is different afterwards, named logs apart."""

    @contextmanager
    def compare(*, apart_from: tuple[str, ...] = ()) -> Iterator[None]:
        before = databases.contents()
        yield
        after = databases.contents()
        changed = {
            table: (before.get(table), after.get(table)) for table in {*before, *after} if before.get(table) != after.get(table)
        }
        changed = {table: difference for table, difference in changed.items() if table not in apart_from}
        assert not changed, f"rows changed (count, hash before and after): {changed}"

    return compare


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis of this run's own."""
    data = tmp_path_factory.mktemp("redis")
    (data / "run").mkdir()
    broker = Broker(data, Register(data), "")
    broker.start()
    yield broker.url
    broker.stop()


@pytest.fixture(scope="session")
def _worker_process(redis_url: str, data_folder: Path, django_db_setup: None) -> Iterator[workers.Worker]:
    with workers.Worker(redis_url, data_folder) as process:
        yield process


@pytest.fixture
def worker(_worker_process: workers.Worker, transactional_db: None) -> Iterator[workers.Worker]:
    """A real worker on this run's database; for the length of the test its broker is ours. Mark the test `worker`."""
    workers.send_to(_worker_process.broker_url)
    yield _worker_process
    workers.send_to("memory://")
