"""The sheets of plans, a module a noun: columns and what a row does through an action."""
