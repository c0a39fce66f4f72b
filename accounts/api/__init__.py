"""The REST endpoints of accounts; a module a noun."""
