"""Asked by a container's health check: does the web server of this container answer, or is its beat giving time?"""

import sys
import time
import urllib.request
from pathlib import Path

# Celery writes the schedule at least every three minutes while it lives.
BEAT, SILENCE = "/tmp/beat*", 600  # noqa: S108 - the container's own


def web_answers() -> bool:
    """The web server answers on its own port."""
    with urllib.request.urlopen("http://127.0.0.1:8000/healthz", timeout=4) as answer:
        return bool(answer.status == 200)


def beat_writes() -> bool:
    """The beat wrote its schedule not long ago."""
    return any(time.time() - file.stat().st_mtime < SILENCE for file in Path("/").glob(BEAT.lstrip("/")))


if __name__ == "__main__":
    try:
        sys.exit(not (beat_writes() if sys.argv[1:] == ["beat"] else web_answers()))
    except OSError as problem:
        sys.exit(str(problem))
