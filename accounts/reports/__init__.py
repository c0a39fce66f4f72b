"""Read-only figures of accounts, used alike by screen, chart, Excel and API; a module a noun."""
