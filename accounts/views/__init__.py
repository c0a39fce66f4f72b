"""The pages of accounts, a module a noun."""
