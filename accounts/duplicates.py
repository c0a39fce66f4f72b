"""Whether a customer is there already: the same VAT number is refused, a similar name in the same city asks for a second look.

Nobody learns from a refusal about a customer whom they may not see; its owner is asked instead.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity, TrigramStrictWordSimilarity
from django.db.models import F, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Role, User, account_manager_of, leading_location, working_calendar
from kam.core import clock
from kam.core.calendars import PlainWeek
from kam.core.parameters import define, parameter
from kam.core.plain import Plain
from kam.core.work import assign_work, define_work
from kam.core.workflow import Denied

SIMILAR_NAME = 0.6
SIMILAR_CITY = 0.6
NAMED = 5
#: Legal forms say nothing about who a company is.
FORMS = frozenset(
    [
        "spa",
        "s.p.a.",
        "srl",
        "s.r.l.",
        "snc",
        "s.n.c.",
        "sas",
        "s.a.s.",
        "gmbh",
        "ag",
        "kg",
        "ohg",
        "se",
        "inc",
        "inc.",
        "llc",
        "ltd",
        "ltd.",
        "co",
        "co.",
        "corp",
        "corp.",
        "sa",
        "s.a.",
        "bv",
        "b.v.",
        "nv",
        "oy",
        "ab",
        "a/s",
        "as",
        "aps",
        "sp.",
        "z",
        "o.o.",
        "sarl",
        "s.a.r.l.",
        "plc",
        "limited",
        "&",
        "und",
        "e",
        "and",
    ]
)

SHARED_CUSTOMER = define_work(
    "shared_customer",
    _("“%(asked)s” is about to be created: is it %(record)s?"),
    answers={"same": _("It is the same company"), "other": _("It is another company")},
    owner=f"role:{Role.SALES_MANAGER}",
)


ANSWER_DAYS = define(
    "accounts.shared_customer_days", default=2, unit="wd", label=_("Time to say whether a customer begun elsewhere is one's own")
)


def owner_of(customer: Customer) -> User | str:
    """Who answers for a customer: its account manager, else whoever is sales manager."""
    return account_manager_of(customer, clock.today()) or f"role:{Role.SALES_MANAGER}"


def _ask_owner(customers: Iterable[Customer], asker: Any, asked: str) -> None:
    """Put a question to each owner; asked again for the same name, nothing is added. The asker does not see the item."""
    for customer in customers:
        payload = {"asker": str(asker or ""), "asked": asked}
        location = leading_location(customer)
        days = parameter(ANSWER_DAYS.key, [f"location:{location.pk}"] if location else [])
        calendar = working_calendar(customer) or PlainWeek()
        assign_work(
            customer,
            SHARED_CUSTOMER,
            to=owner_of(customer),
            actor=None,
            occasion=f"{getattr(asker, 'pk', '')}:{asked}"[:120],
            payload=payload,
            due=clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, calendar).at,
        )


def refuse_same_vat(vat_id: str, *, name: str, actor: Any, besides: Customer | None = None) -> None:
    """Raise Denied when another customer has this VAT number; the refusal names it only to those who see it."""
    if not vat_id:
        return
    others = Customer.objects.filter(vat_id=vat_id, merged_into__isnull=True)
    twin = (others.exclude(pk=besides.pk) if besides else others).first()
    if twin is not None:
        raise same_vat(twin, name=name, actor=actor)


def same_vat(twin: Customer, *, name: str, actor: Any) -> Denied:
    """The refusal of a VAT number that another customer has."""
    if actor is None or Customer.objects.visible_to(actor).filter(pk=twin.pk).exists():
        text = _("%(name)s (%(code)s) has this VAT number already. Use that customer.") % {"name": twin.name, "code": twin.code}
        return Denied("same_vat_number", text, field="vat_id")
    denied = Denied(
        "exists_outside_your_area",
        _("A customer with this VAT number exists outside your area; a request has been sent to its owner."),
        field="vat_id",
    )
    denied.afterwards = lambda: _ask_owner([twin], actor, name)
    return denied


def essential(name: str) -> str:
    """A company's name without its legal form."""
    words = [word for word in name.casefold().replace(",", " ").split() if word not in FORMS]
    return " ".join(words) or name


def similar_customers(name: str, city: str, *, besides: Customer | None = None) -> QuerySet[Customer]:
    """Customers with a similar name in the same city, the most similar first; of everybody, so never to be shown as they are."""
    core: Any = Plain(Value(essential(name)))
    place: Any = Plain(F("city"))
    wanted: Any = Plain(Value(city))
    rows = Customer.objects.filter(merged_into__isnull=True, search_text__trigram_word_similar=core)
    rows = rows.exclude(pk=besides.pk) if besides else rows
    rows = rows.annotate(
        near_name=TrigramStrictWordSimilarity(core, Plain(F("name"))),
        near_city=TrigramSimilarity(place, wanted),
    )
    close = Q(near_name__gte=SIMILAR_NAME) & (Q(near_city__gte=SIMILAR_CITY) | Q(city=""))
    return rows.filter(close).order_by("-near_name", "pk")


def warn_of_similar(name: str, city: str, *, actor: Any, besides: Customer | None = None) -> None:
    """Raise Denied when a customer with a similar name sits in the same city: to be confirmed that it is another company."""
    if actor is None:
        return
    found = list(similar_customers(name, city, besides=besides)[: NAMED + 1])
    if not found:
        return
    seen = list(Customer.objects.visible_to(actor).filter(pk__in=[one.pk for one in found]).order_by("name", "pk")[:NAMED])
    hidden = [one for one in found if one.pk not in {known.pk for known in seen}]
    text: Any
    if seen:
        names = ", ".join(f"{one.name} ({one.code})" for one in seen)
        text = _("Similar customers exist in this city: %(names)s. Confirm if this is another company.") % {"names": names}
    else:
        text = _(
            "A similar customer exists outside your area; a request has been sent to its owner. Confirm if this is another company."
        )
    denied = Denied("similar_customer", text, field="confirm_similar")
    if hidden:
        denied.afterwards = lambda: _ask_owner(hidden, actor, name)
    raise denied
