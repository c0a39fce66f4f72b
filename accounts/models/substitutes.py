"""Substitution (W3, W7): for whom a person acts, who is away, and whose exclusion a substitute inherits."""

from copy import copy
from typing import Any

from accounts.models.access import access_of
from accounts.models.grants import Delegation
from accounts.models.people import User
from kam.core import clock


def acting_for(actor: Any, verb: str, subject: Any) -> int | None:
    """The person for whom the actor does this verb on this row: None where their own roles carry it.

    `subject` is a row, or a model class for a verb that creates. Costs no query to whoever substitutes nobody.
    """
    principals = access_of(actor).principals
    if not principals or _allows(actor, actor.pk, verb, subject):
        return None
    return next((key for key in principals if _allows(actor, key, verb, subject)), None)


def _allows(actor: Any, person: int, verb: str, subject: Any) -> bool:
    """Whether the grants of one person alone would allow the verb."""
    alone = copy(actor)
    alone._access = access_of(actor).of(person)
    if isinstance(subject, type):
        return bool(alone.may(verb))
    rows = type(subject)._default_manager.permitted(alone, verb)
    return bool(rows.filter(pk=subject.pk).exists())


def excluded(person: User, author: User | int | None) -> bool:
    """Whether somebody may not decide on what `author` made: the author, and whoever substitutes the author today (W3)."""
    key = author.pk if isinstance(author, User) else author
    if key is None:
        return False
    return person.pk == key or Delegation.objects.on(clock.today()).filter(principal_id=key, substitute=person).exists()


def away(people: Any) -> set[int]:
    """The keys of those who are away today, from a queryset or keys of people; someone with a part substituted is there."""
    rows = Delegation.objects.on(clock.today()).filter(principal__in=people, role="", location__isnull=True)
    return set(rows.values_list("principal", flat=True))
