"""Read-only figures of the ledger, used alike by screen, chart, Excel and API; read from the totals, never from lines of many months."""
