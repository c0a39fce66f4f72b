"""Where everything stands that ever happened to a serial number: by the number itself, which no record owns."""

from urllib.parse import urlencode


def address_of_serial(serial: str) -> str:
    """The page of the history of a serial number; nowhere without one."""
    return f"/serials/?{urlencode({'serial': serial})}" if serial else ""
