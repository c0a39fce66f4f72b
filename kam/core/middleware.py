"""What every answer gets: the reader's language and time zone, and headers that keep private pages out of every cache."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

Answer = Callable[[HttpRequest], HttpResponseBase]


class ReaderMiddleware:
    """Shows a signed-in person their own language and time zone; what they see is never cached and never indexed."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signed_in = request.user.is_authenticated
        if signed_in:
            self.activate(request)
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not response.headers.get("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        if signed_in:
            response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
        return response

    def activate(self, request: HttpRequest) -> None:
        """Set the language and the time zone of the person for this request."""
        user = request.user
        language = getattr(user, "language", "") or settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        try:
            timezone.activate(zoneinfo.ZoneInfo(getattr(user, "time_zone", "") or settings.TIME_ZONE))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.deactivate()
