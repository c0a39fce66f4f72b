"""Import a file as its page does, from beginning to end."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from kam.core import jobs
from kam.core.imports import Import, ImportMapping, confirm_import, upload_import
from kam.core.workflow import Denied

SHOWN_ERRORS = 50


class Command(BaseCommand):
    help = "Import a file of a kind (such as accounts.customers), whole or not at all, by the rights of a person and into the same list."
    kind = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        if not self.kind:
            parser.add_argument("kind", help="what the file contains, such as orders.sales")
        parser.add_argument("file", help="the file; where it holds lines only, the second one holds their documents")
        parser.add_argument("second", nargs="?", help="a second file, joined by number")
        parser.add_argument("--mapping", default="", help="the name of a saved mapping; without it the header says what is what")
        parser.add_argument(
            "--user", default="", help="e-mail address of the person who imports; else who saved the mapping last"
        )
        parser.add_argument("--quarantine", action="store_true", help="leave out the rows that have errors")
        parser.add_argument("--check", action="store_true", help="only show what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = self.kind or options["kind"]
        mapping = self._mapping(kind, options["mapping"])
        person = self._person(options["user"], mapping)
        with translation.override(person.language):
            try:
                record = self._finished(self._uploaded(kind, person, mapping, options))
                self._tell(record)
                if options["check"] or (
                    record.state == Import.State.PREVIEWED and not record.useful and not record.counts.get("errors")
                ):
                    return
                if record.state == Import.State.PREVIEWED:
                    record = self._finished(confirm_import(record, actor=person, quarantine=options["quarantine"]))
            except Denied as denied:
                raise CommandError(str(denied)) from denied
        if record.state != Import.State.APPLIED:
            raise CommandError(record.message or str(record.get_state_display()))
        self.stdout.write(f"{record.get_state_display()}: {record.get_absolute_url()}")

    def _mapping(self, kind: str, name: str) -> ImportMapping | None:
        if not name:
            return None
        found = ImportMapping.objects.filter(kind=kind, name=name).first()
        if found is None:
            raise CommandError(f"There is no mapping “{name}” for {kind}.")
        return found

    def _person(self, email: str, mapping: ImportMapping | None) -> Any:
        people = get_user_model()._default_manager
        if email:
            person = people.filter(email__iexact=email).first()
        else:
            events = ImportMapping.pgh_event_model.objects  # type: ignore[attr-defined]
            last = events.filter(pgh_obj_id=mapping.pk).order_by("-pgh_id").first() if mapping else None
            person = people.filter(pk=(last.pgh_context or {}).get("actor")).first() if last else None
        if person is None:
            raise CommandError("Say who imports: --user E-MAIL.")
        return person

    def _uploaded(self, kind: str, person: Any, mapping: Any, options: dict[str, Any]) -> Import:
        files = {}
        for name in filter(options.get, ("file", "second")):
            path = Path(options[name])
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
            files[name] = File(path.open("rb"), name=path.name)
        try:
            record: Import = upload_import(Import, actor=person, kind=kind, mapping=mapping, **files)
        finally:
            for file in files.values():
                file.close()
        return record

    def _finished(self, record: Import) -> Import:
        """The import after its job, which runs here unless a worker was faster."""
        record.refresh_from_db()
        assert record.job_id is not None
        jobs.run(record.job_id)
        record.refresh_from_db()
        while record.state in {Import.State.UPLOADED, Import.State.APPLYING}:
            time.sleep(0.5)
            record.refresh_from_db()
        return record

    def _tell(self, record: Import) -> None:
        """What would happen, and what is wrong."""
        if record.mapping:
            self.stdout.write(f"{record.mapping}: {record.original_name}")
        self.stdout.write(", ".join(f"{name} {count}" for name, count in record.counts.items()))
        for error in record.errors[:SHOWN_ERRORS]:
            self.stderr.write(": ".join(str(error[name]) for name in ("row", "column", "read", "expected")))
        if len(record.errors) > SHOWN_ERRORS:
            self.stderr.write("…")
