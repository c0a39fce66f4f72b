"""What the launcher says to the person at the keyboard, and the one error that ends it with advice."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Trouble(Exception):
    """Something the person at the keyboard has to mend; the text says how."""


def say(text: str = "") -> None:
    """One line."""
    print(f"• {text}" if text else "", flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and say how long it took."""
    print(f"• {title} …", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" {time.monotonic() - begun:.1f} s", flush=True)
