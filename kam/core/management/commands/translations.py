"""Keep the catalogues of the interface's words: update, check, compile, and hand work to a translator as JSON."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kam.core import catalogues


class Command(BaseCommand):
    help = "Update the catalogues from the sources; or check, compile, list what is missing, fill in translations."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail unless every catalogue is complete and up to date")
        parser.add_argument("--compile", action="store_true", help="compile the catalogues that changed")
        parser.add_argument(
            "--missing", metavar="LANGUAGE", choices=catalogues.LANGUAGES, help="print what is not translated, as JSON"
        )
        parser.add_argument("--fill", nargs=2, metavar=("LANGUAGE", "FILE"), help="take the translations from such a JSON file")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        if options["check"]:
            self._check(root)
        elif options["compile"]:
            self.stdout.write(f"{catalogues.compile_all(settings.LOCALE_PATHS)} compiled")
        elif options["missing"]:
            json.dump(catalogues.missing(root, options["missing"]), sys.stdout, ensure_ascii=False, indent=1)
        elif options["fill"]:
            language, file = options["fill"]
            if language not in catalogues.LANGUAGES:
                raise CommandError(f"{language} is not one of {', '.join(catalogues.LANGUAGES)}.")
            self.stdout.write(f"{catalogues.fill(root, language, json.loads(Path(file).read_text(encoding='utf-8')))} filled")
        else:
            self._update(root)

    def _check(self, root: Path) -> None:
        allowed = {line for line in (root / "kam" / "locale" / "same_words.txt").read_text(encoding="utf-8").splitlines() if line}
        faults = catalogues.faults(root, allowed)
        for fault in faults[:60]:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(
                f"{len(faults)} faults in the catalogues; `manage.py translations` updates them, then fill in what is missing."
            )

    def _update(self, root: Path) -> None:
        for domain in catalogues.DOMAINS:
            template = catalogues.extracted(root, domain)
            for language in catalogues.LANGUAGES:
                catalogues.save(root, language, domain, catalogues.updated(root, language, domain, template))
        for language in ("it", "de"):
            self.stdout.write(f"{language}: {len(catalogues.missing(root, language))} to translate")
