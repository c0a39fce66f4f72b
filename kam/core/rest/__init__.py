"""The parts of which the REST API is made; each application takes them from kam.core.api."""
