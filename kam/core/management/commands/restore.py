"""Put a backup in place of what is here."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kam import configuration
from kam.core import backups
from kam.core.workflow import Denied


class Command(BaseCommand):
    help = "Replace database and files by those of a backup; sessions end, mails and webhooks that had not gone out are not sent."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a file that the command backup wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backups.restore(Path(options["file"]).resolve(), configuration.value("BACKUP_KEY"))
        except Denied as denied:
            raise CommandError(str(denied)) from denied
        self.stdout.write("Restored. Everybody has to log in again.")
