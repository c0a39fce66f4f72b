"""The pages of the catalogue, a module a noun."""
