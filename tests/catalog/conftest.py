"""What the catalogue's tests stand on: the small matrix of people and customers, and a pinned today."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kam.core import clock
from tests.matrix import matrix

__all__ = ["matrix", "today"]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """Every test of the catalogue happens on 16 March 2026."""
    with clock.moment(datetime(2026, 3, 16, 9, tzinfo=UTC)):
        yield
