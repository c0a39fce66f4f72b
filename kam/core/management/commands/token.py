"""Print a new API token."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from kam.core.tokens import issue_token
from kam.core.workflow import Denied


class Command(BaseCommand):
    help = "Print a new API token of a person and nothing else; it carries the person's rights and expires."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--days", type=int, default=90, help="how long it lives")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model()._default_manager.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody has the e-mail address {options['email']}.")
        try:
            self.stdout.write(issue_token(user, name=options["name"], days=options["days"]))
        except Denied as denied:
            raise CommandError(str(denied)) from denied
