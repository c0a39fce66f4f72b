"""One at a time: the turn that an action takes before it checks what no single row can say, and keeps until its transaction ends."""

from django.db import connection


def take_turn(what: str) -> None:
    """Wait until nobody else has this turn, then have it until the transaction ends; what is read afterwards is as they left it."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"A turn ({what}) lasts as long as a transaction, and there is none.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7207))", [what])
