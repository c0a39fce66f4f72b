"""What the demonstration's orders have in common: who and what they refer to, the paper that came with them, review and credit."""

from datetime import date, timedelta

from django.core.files.base import ContentFile

from accounts.models import Contact, Customer, Location, Plant, User
from catalog.models import Product
from kam.core import clock
from kam.demo import stage
from kam.demo.documents_files import sheet
from kam.demo.organisation import person
from kam.demo.reviews import passes
from kam.demo.trade import Buyer
from orders.actions import decide_difference, release_credit
from orders.actions.review_rights import functions_held
from orders.models import ContractReview, Order

CLERKS = {"IT": "backoffice", "DE": "backoffice.de", "US": "backoffice.us", "CN": "area.manager.cn"}
ORDER_OF = {"it": "Ordine d'acquisto", "de": "Bestellung", "en": "Purchase order"}
DIFFERS = "Concordato al telefono con l'ufficio acquisti, vale per questo ordine."
RELEASED = "Pagamento annunciato per fine settimana, conferma della banca allegata."


class House:
    """Who and what the orders refer to, read once."""

    def __init__(self, buying: list[Buyer]) -> None:
        self.plants = {
            one.code: one for one in Plant.objects.filter(code__in=[b.plant for b in buying]).select_related("customer")
        }
        self.locations = {one.code: one for one in Location.objects.all()}
        self.products = {one.code: one for one in Product.objects.select_related("producing_location")}
        self.people = list(User.objects.filter(is_active=True).order_by("pk"))


def weekday(offset: int) -> date:
    """The day so many days from today, or the Monday after it."""
    day = stage.day(offset)
    return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def purchase_order(customer: Customer, reference: str, day: date, lines: list[tuple[str, str]]) -> ContentFile:
    """What a customer sends: its letterhead, its number, what it wants."""
    said = [f"{position * 10:>4}    {code:<24} {told}" for position, (code, told) in enumerate(lines, 1)]
    heading = f"{ORDER_OF[customer.language]} {reference}"
    under = f"{customer.name} - {customer.address}, {customer.postal_code} {customer.city} - {day:%d.%m.%Y}"
    return sheet(f"{reference}.pdf", heading, said, under)


def recipient(plant: Plant) -> str:
    """To whom at the customer's papers go."""
    contact = Contact.objects.filter(customer=plant.customer, is_active=True).order_by("pk").first()
    return (contact.email if contact else "") or f"orders@{plant.code.lower()}.example"


def released(order: Order) -> None:
    """Finance lets an order go on that the credit does not cover."""
    for block in order.blocks.active().filter(kind="credit"):
        release_credit(block, actor=person("finance"), reason=RELEASED, until=clock.today() + timedelta(days=25))


def accepted(order: Order, people: list[User]) -> bool:
    """Whether an order passes its review: differences decided by those whose matter they are, then everybody signs."""
    review = ContractReview.objects.filter(order=order).for_list().first()
    if review is not None:
        for row in review.differences.filter(gone_at__isnull=True, decision="").order_by("pk"):
            who = speaks(people, review, row.function)
            if who is None:
                return False
            decide_difference(review, actor=who, difference=row.pk, decision="accept", reason=DIFFERS)
        passes(review)
    order.refresh_from_db()
    return order.status == Order.Status.ACCEPTED


def speaks(people: list[User], review: ContractReview, function: str) -> User | None:
    """Who speaks for a function in a review and did not enter what is reviewed."""
    others = (one for one in people if one.pk != review.entered_by_id)
    return next((one for one in others if function in functions_held(one, review)), None)
