"""`manage.py check_target_totals`: prove that every total of targets is the sum of its targets, or say where it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from budgets.reports.target_totals import target_totals_differ


class Command(BaseCommand):
    """Compare the totals with the targets; the exit code is 1 where they differ."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        found = target_totals_differ()
        if found:
            places = ", ".join(f"{level} of round {key}" for level, key in found)
            raise CommandError(f"The totals of targets differ from them: {places}.")
        self.stdout.write("Every total of targets is the sum of its targets.")
