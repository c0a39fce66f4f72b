"""What is required of documents in the world of the permission matrix, and what is in hand."""

from kam.core.periods import period
from tests.factories.documents import entry_of, in_hand, required
from tests.world_people import LONG_AGO, World


def of_the_documents(world: World) -> None:
    """A document that is missing and one that is to be checked, of ACME in America and of GAMMA."""
    world.own["document_requirement"] = required("missing_paper", period=period(LONG_AGO.date()))
    required("paper_in_hand")
    for rows in (world.own, world.foreign):
        in_hand(rows["customer"], "paper_in_hand")
        rows["document_in_hand"] = entry_of(rows["customer"], "paper_in_hand")
        rows["document_entry"] = entry_of(rows["customer"], "missing_paper")
