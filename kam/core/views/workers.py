"""Scripts that a browser keeps running without a page: each is served at an address above the pages that it reigns over."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


def worker(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """The view of a service worker: one of our scripts, by its path among the static files."""

    @require_GET
    def serve(request: HttpRequest) -> HttpResponse:
        found = finders.find(name)
        source = Path(str(found)) if found else Path(settings.STATIC_ROOT) / name
        return HttpResponse(source.read_text("utf-8"), content_type="text/javascript; charset=utf-8")

    return serve
