"""The forms of plans, a module a noun: they parse figures as the reader writes them and scope choices, an action decides."""
