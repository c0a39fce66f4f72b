"""KAM: the settings, the roof and the floor of the house."""

from kam.celery import app as celery_app

__all__ = ["celery_app"]
