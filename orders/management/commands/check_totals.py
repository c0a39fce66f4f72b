"""`manage.py check_totals`: prove that every total of the sales ledger is the sum of its lines, or say where it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.reports.check import mismatches


class Command(BaseCommand):
    """Compare the totals with the lines; the exit code is 1 where they differ."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        found = mismatches()
        for mismatch in found:
            self.stderr.write(str(mismatch))
        if found:
            raise CommandError(f"The totals of the ledger differ from its lines in {len(found)} places.")
        self.stdout.write("Every total is the sum of its lines.")
