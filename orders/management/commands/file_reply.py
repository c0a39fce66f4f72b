"""Take in one mail as a mail server pipes it, and file it with the offer that it answers."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from orders.actions.replies import LARGEST, file_reply

#: What a mail server takes for "not now": it keeps the mail and tries again (sysexits.h, EX_TEMPFAIL).
LATER = 75


class Command(BaseCommand):
    help = "Read a mail from the standard input and file it with the offer that it answers; says what became of it. For the pipe of a mail server."

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(LARGEST + 1)
        while sys.stdin.buffer.read(
            1 << 20
        ):  # a mail that is too large is read to its end, or its sender would be told of a broken pipe
            pass
        try:
            self.stdout.write(file_reply(raw))
        except (DatabaseError, OSError) as problem:
            raise CommandError(f"Not now: {problem}", returncode=LATER) from problem
