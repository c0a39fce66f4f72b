"""Received e-mails in the world of the permission matrix."""

from tests.factories.mails import mailed
from tests.world_people import PEOPLE, World

READERS = "arsbq"


def of_the_mails(world: World) -> None:
    """E-mails about complaints of ACME in America and of GAMMA, which nobody has answered yet."""
    own = mailed(plant=world.built.acme_us_plant, subject="Belts tear Omega")
    foreign = mailed(plant=world.foreign["plant"], subject="Gears slip")
    world.own["received_mail"] = dict.fromkeys(READERS, own)
    world.foreign["received_mail"] = {letter: own if letter not in READERS else foreign for letter in PEOPLE if letter != "s"}
