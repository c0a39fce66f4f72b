"""The forms of accounts, a module a noun: they parse and scope choices, an action decides."""
