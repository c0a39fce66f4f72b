"""What the tests of complaints share: the small matrix, its departments, and mails that are kept."""

from tests.matrix import matrix

__all__ = ["matrix"]
