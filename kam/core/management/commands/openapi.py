"""The API's description as a file of the repository: write it, or check that it is the one the code gives."""

from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Write tests/openapi.yaml; with --check fail when it differs or the description has warnings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare instead of writing")

    def handle(self, *args: Any, **options: Any) -> None:
        file, stream = Path(settings.BASE_DIR) / "tests" / "openapi.yaml", StringIO()
        call_command("spectacular", validate=True, fail_on_warn=True, lang="en", stdout=stream)
        if not options["check"]:
            file.write_text(stream.getvalue(), encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != stream.getvalue():
            raise CommandError(
                "tests/openapi.yaml is not what the code describes. Look at the difference, then: manage.py openapi"
            )
