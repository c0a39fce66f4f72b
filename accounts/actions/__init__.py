"""The only writers of accounts: one verb, one function; a module a noun."""
