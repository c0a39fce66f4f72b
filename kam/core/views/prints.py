"""The button that has a record printed: it starts the print and shows its progress."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from kam.core.jobs import Job
from kam.core.printing import start_print
from kam.core.views.base import Signed


class PrintView(Signed):
    """Have the record of the address printed, if it is the reader's; `printed` is a key of the port `prints`."""

    http_method_names = ["post"]
    printed = ""

    def key(self, record: Any) -> str:
        """What the print is asked for by. Raises Denied where there is nothing for this reader to print."""
        return str(record.pk)

    def title(self, record: Any) -> str:
        """What the reader finds it by among their work."""
        return str(record)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Start it."""
        record = self.record_or_404() if "pk" in kwargs else None
        return HttpResponseRedirect(self.start(self.key(record), self.title(record), record).get_absolute_url())

    def start(self, key: str, title: str, record: Any) -> Job:
        """The job whose file is the print."""
        return start_print(self.printed, key, actor=self.reader, title=title, about=record)
