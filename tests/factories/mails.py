"""Received e-mails for tests."""

import itertools
from typing import Any

from accounts.models import ReceivedMail
from kam.core import clock

number = itertools.count(1)


def mailed(**values: Any) -> ReceivedMail:
    """An e-mail from a stranger to the mailbox for complaints that waits to be assigned, unless told otherwise."""
    turn = next(number)
    known = {
        "use": "complaints", "mailbox": "complaints · mail.example/INBOX", "message_id": f"<mail-{turn}@else.example>",
        "sender": "stranger@else.example", "sender_name": "A stranger", "subject": f"Belts tear {turn}", "text": "Twelve belts tear.",
        "received_at": clock.now(),
    }  # fmt: skip
    return ReceivedMail.objects.create(**known | values)
