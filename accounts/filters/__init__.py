"""The filters of accounts, one FilterSet per model for screen, API and export; a module a noun."""
