"""Write database and files into one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kam import configuration
from kam.core import backups, clock
from kam.core.workflow import Denied


class Command(BaseCommand):
    help = "Write database and files into one file, encrypted if BACKUP_KEY is set; KAM may keep running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="where to; by default a name with the time in the folder backups of the data folder"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        named = Path(settings.DATA_DIR) / "backups" / f"kam-{clock.now():%Y%m%d-%H%M%S}.backup"
        target = Path(options["file"] or named).resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        key = configuration.value("BACKUP_KEY")
        try:
            backups.backup(target, key)
        except Denied as denied:
            raise CommandError(str(denied)) from denied
        self.stdout.write(
            f"{target} ({target.stat().st_size / 1e6:.1f} MB, {'encrypted' if key else 'not encrypted: BACKUP_KEY is not set'})"
        )
