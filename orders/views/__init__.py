"""The pages of the sales ledger, a module a noun."""
