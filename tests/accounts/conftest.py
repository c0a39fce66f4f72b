"""What tests of accounts share: the matrix of people, customers and plants."""

from tests.matrix import matrix

__all__ = ["matrix"]
