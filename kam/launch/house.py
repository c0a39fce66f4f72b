"""`make run`: web, worker and beat on top of the services, watched until Ctrl-C and stopped in order."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time

from kam import configuration
from kam.launch.console import Trouble, say, step
from kam.launch.postgres import is_free
from kam.launch.prepared import Prepared
from kam.launch.services import Services

DEMONSTRATION = "kam-demo"
LOGINS = {
    "account.manager": "account manager of two global accounts",
    "account.manager2": "another account manager",
    "area.manager.de": "area manager in Germany",
    "area.manager.us": "area manager in the United States",
    "sales.manager": "sales manager",
    "backoffice": "sales back office",
    "technical": "technical area and R&D",
    "quality": "quality",
    "production": "production",
    "logistics": "logistics",
    "finance": "finance",
    "service": "repairs",
    "management": "management",
    "admin": "administrator",
}
# Two workers of four threads; what both need is loaded before they part, so that they share its memory.
WEB_SHAPE = [
    *("--preload", "--workers", "2", "--worker-class", "gthread", "--threads", "4"),
    *("--graceful-timeout", "10", "--no-control-socket"),
]
LEAST_LIFE = 15  # seconds; a process that ends sooner after its start will not get better by starting it again


class House:
    """The processes that people and tasks meet."""

    def __init__(self, services: Services, *, reloading: bool = False) -> None:
        self.services, self.reloading = services, reloading
        self.port = int(configuration.value("PORT"))
        self.demo = configuration.flag("KAM_DEMO")
        self.begun: dict[str, float] = {}
        self.stopping = threading.Event()

    def addresses(self) -> list[str]:
        """Where the web server listens; the demonstration, with its known passwords, never beyond this machine."""
        return ["127.0.0.1"] if self.demo else configuration.names("BIND")

    def command(self, name: str) -> list[str]:
        """The command line of one process."""
        python = sys.executable
        if name == "web" and self.reloading:
            return [python, "manage.py", "runserver", f"{self.addresses()[0]}:{self.port}"]
        if name == "web":
            binds = [part for address in self.addresses() for part in ("--bind", f"{address}:{self.port}")]
            return [python, "-m", "gunicorn", "kam.wsgi:application", *binds, *WEB_SHAPE]
        celery = [python, "-m", "celery", "-A", "kam", name, "--loglevel", configuration.value("LOG_LEVEL")]
        if name == "worker":
            return [
                *celery,
                "--pool",
                "prefork",
                "--concurrency",
                "2",
                "--without-gossip",
                "--without-mingle",
                "--hostname",
                "kam@%h",
            ]
        return [*celery, "--pidfile="]

    def start(self, name: str) -> None:
        """Start one process."""
        environment = self.services.environment()
        if self.reloading:
            environment["DEBUG"] = "1"
        self.begun[name] = time.monotonic()
        self.services.register.start(name, self.command(name), environment)

    def run(self) -> None:
        """Start everything, say where it is, and stay until told to stop."""
        if not is_free(self.port):
            raise Trouble(f"Something else uses port {self.port}. Choose another one: PORT={self.port + 1} make run")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        self._prepare()
        try:
            with step("Starting web server, worker and beat"):
                # One after the other: the page is there sooner when the worker does not load beside it.
                self.start("web")
                self._wait_until_it_answers()
                self.start("worker")
                self.start("beat")
            if not self.stopping.is_set():
                self.welcome()
            while not self.stopping.wait(1):
                self._watch()
        finally:
            print(flush=True)
            for name in ("web", "worker", "beat"):
                with step(f"Stopping the {name} process"):
                    self.services.register.stop(name)

    def _prepare(self) -> None:
        """Bring the database to this version, unless it is there already."""
        environment = self.services.environment()
        prepared = Prepared(self.services.data, environment)
        if prepared.holds():
            return
        say("Bringing the database to this version")
        done = subprocess.run([sys.executable, "-m", "kam.launch.prepare"], env=environment, cwd=configuration.ROOT, check=False)
        if done.returncode:
            raise Trouble("" if self.stopping.is_set() else "The database could not be prepared. The lines above say why.")
        prepared.remember()

    def _wait_until_it_answers(self) -> None:
        address = self.addresses()[0].replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - compared, not bound
        deadline = time.monotonic() + 60
        while not self.stopping.wait(0.05):
            try:
                connection = http.client.HTTPConnection(address, self.port, timeout=5)
                connection.request("GET", "/healthz", headers={"Host": "localhost"})
                if connection.getresponse().status == http.HTTPStatus.OK:
                    return
            except OSError:
                pass
            if not self.services.register.alive("web") or time.monotonic() > deadline:
                raise Trouble(f"{self.services.register.last_lines('web')}\nThe web server did not start.")

    def _watch(self) -> None:
        """Start again what died; give up on what dies at once."""
        self.services.mend()
        for name, begun in self.begun.items():
            if self.services.register.alive(name) or self.stopping.is_set():
                continue
            if time.monotonic() - begun < LEAST_LIFE:
                raise Trouble(f"{self.services.register.last_lines(name)}\nThe {name} process ended right after its start.")
            say(f"The {name} process died; starting it again (see {self.services.register.logs / name}.log)")
            self.start(name)

    def welcome(self) -> None:
        """The address, and in the demonstration who can log in."""
        address = (
            os.environ.get("PUBLIC_URL", f"http://localhost:{self.port}") if not self.demo else f"http://localhost:{self.port}"
        )
        print(f"\n  KAM is ready:  {address}\n", flush=True)
        if self.demo:
            print(f"  Log in with the password {DEMONSTRATION} as one of:")
            print("\n".join(f"    {name + '@kam.example':<32} {role}" for name, role in LOGINS.items()))
        print("\n  Ctrl-C stops everything.\n", flush=True)
