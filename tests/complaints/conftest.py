"""What the tests of complaints share: the small matrix, its departments, and where a job puts its file."""

from pathlib import Path

import pytest

from tests.matrix import matrix

__all__ = ["matrix"]


class Report:
    """Where a job puts its file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str) -> Path:
        """A place in its folder."""
        return self.folder / name


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """The report of a job that prints."""
    return Report(tmp_path)
