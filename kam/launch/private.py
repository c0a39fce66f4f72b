"""Files and folders that only their owner may read: passwords, sockets, what runs."""

import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from kam.launch.console import Trouble


def private_folder(folder: Path) -> Path:
    """Make a folder that nobody else may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def write_private(file: Path, text: str) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    private = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    private.replace(file)


def read_json(file: Path) -> dict[str, Any]:
    """What a file of ours holds; nothing if it is not there or was cut off."""
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}


def short_folder(data: Path) -> Path:
    """A private folder with a short path for sockets, whose length is limited to about a hundred characters."""
    name = f"kam-{os.geteuid()}-{hashlib.sha256(str(data).encode()).hexdigest()[:10]}"
    folder = Path(tempfile.gettempdir()) / name
    if len(str(folder)) > 90:  # leaves room for the socket's own name
        folder = Path("/tmp") / name  # noqa: S108 - private: made 0700 and its owner checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
        raise Trouble(f"{folder} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own.")
    return folder
