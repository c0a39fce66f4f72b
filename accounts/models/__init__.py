"""What is true of people, locations, customers, plants and the matrix between them; a module a noun, re-exported here."""

from accounts.models.people import User

__all__ = ["User"]
