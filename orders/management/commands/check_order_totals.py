"""`manage.py check_order_totals`: prove that what is kept of orders is what they say, or say where it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.actions.order_totals import rebuild_order_totals
from orders.reports.order_totals import order_mismatches


class Command(BaseCommand):
    """Compare what is kept with the orders; the exit code is 1 where they differ."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="find everything anew first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            rebuild_order_totals()
        found = order_mismatches()
        for mismatch in found:
            self.stderr.write(mismatch)
        if found:
            raise CommandError(f"What is kept of orders differs from them in {len(found)} places.")
        self.stdout.write("Every total of orders is what the orders say.")
