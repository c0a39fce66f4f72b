"""The door through which gunicorn serves KAM."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
application = get_wsgi_application()


def load() -> None:
    """Load what every worker needs before they part, addresses, pages and words, so that they hold it in memory once."""
    from django.conf import settings
    from django.urls import get_resolver
    from django.utils.translation.trans_real import translation

    get_resolver()._populate()
    for language, _name in settings.LANGUAGES:
        translation(language)
    gc.collect()
    gc.freeze()


load()
