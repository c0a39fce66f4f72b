"""Pages of complaints and of who is on call; a module a noun."""
