"""What is required of documents in the world of the permission matrix and what is in hand; what passes between our locations."""

from django.utils import timezone

from catalog.models import Transfer
from kam.core.periods import period
from tests.factories.accounts import LocationFactory
from tests.factories.catalog import ProductFactory
from tests.factories.documents import entry_of, in_hand, required
from tests.world_people import EVERYWHERE, LONG_AGO, PEOPLE, World


def of_the_documents(world: World) -> None:
    """A document that is missing and one that is to be checked, of ACME in America and of GAMMA."""
    world.own["document_requirement"] = required("missing_paper", period=period(LONG_AGO.date()))
    required("paper_in_hand")
    for rows in (world.own, world.foreign):
        in_hand(rows["customer"], "paper_in_hand")
        rows["document_in_hand"] = entry_of(rows["customer"], "paper_in_hand")
        rows["document_entry"] = entry_of(rows["customer"], "missing_paper")
    _of_the_transfers(world)


def _of_the_transfers(world: World) -> None:
    """A product that America hands to Italy, and GAMMA's plant that passes between two Chinese locations."""
    built, today = world.built, timezone.localdate()
    american = ProductFactory(producing_location=built.usa)
    made = Transfer.objects.create(number="TR-1", product=american, source=built.usa, target=built.italy, day=today)
    china, other = LocationFactory(country="CN"), LocationFactory(country="CN", code="CN2")
    foreign = Transfer.objects.create(number="TR-2", plant=world.foreign["plant"], source=china, target=other, day=today)
    readers = [letter for letter in PEOPLE if letter not in "gn"]
    world.own["transfer"] = dict.fromkeys(readers, made)
    world.foreign["transfer"] = {letter: foreign for letter in PEOPLE if letter not in EVERYWHERE}
