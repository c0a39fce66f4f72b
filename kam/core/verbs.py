"""The decorator of an action: one transaction, the right and the row checked, the row locked, the history bound."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, models, transaction
from django.utils.translation import gettext_lazy as _

from kam.core import history
from kam.core.ports import port
from kam.core.workflow import Denied, changed_meanwhile, not_permitted, others_writing


@dataclass(frozen=True)
class Verb:
    """A business verb: its code (`app.verb_noun`), its label on buttons and in the time line, and its action."""

    code: str
    label: Any
    action: Callable[..., Any]


VERBS: dict[str, Verb] = {}


def verb(code: str, label: Any, *, leaves: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function the action of a verb: `function(subject, *, actor, reason="", version=None, …)`.

    With a subject (a model instance, or a model class for a verb that creates): the actor needs the verb, the row
    is read again inside `permitted(actor, code)` and locked, and `version` must still be its version. Afterwards the
    row must still be visible to the actor unless the verb `leaves` it to others. `actor=None` is the system itself.
    Whoever could do it only as a substitute acts for the person whom they substitute, and the history says so (W7).
    Raises Denied; then nothing was written.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def perform(subject: Any, /, *, actor: Any, reason: str = "", version: int | None = None, **values: Any) -> Any:
            with transaction.atomic(), history.bound(actor=actor, verb=code, reason=reason):
                creates = isinstance(subject, type)
                if creates and actor is not None and not actor.may(code):
                    raise not_permitted()
                if not creates:
                    subject = _locked(subject, code, actor, version)
                principal = port("acting_for")(actor, code, subject) if actor is not None else None
                with history.bound(actor=actor, verb=code, reason=reason, principal=principal) if principal else nullcontext():
                    result = function(subject, actor=actor, reason=reason, **values)
                row = result if creates else subject
                if actor is not None and not leaves and isinstance(row, models.Model):
                    _stays(row, code, actor, creates)
                return result

        @wraps(function)
        def run(subject: Any, /, **values: Any) -> Any:
            try:
                return perform(subject, **values)
            except OperationalError as error:
                # Inside another transaction that one decides; a task is then repeated as a whole.
                denied_others = None if connection.in_atomic_block else others_writing(error)
                if denied_others is None:
                    raise
                raise denied_others from error
            except Denied as denied:
                if denied.afterwards is not None:
                    denied.afterwards()
                raise

        if code in VERBS:
            raise ValueError(f"the verb {code} is {VERBS[code].action.__module__}.{VERBS[code].action.__name__} already")
        VERBS[code] = Verb(code, label, run)
        run.code = code  # type: ignore[attr-defined]
        return run

    return decorate


def _locked(row: Any, code: str, actor: Any, version: int | None) -> Any:
    """The row as it is now, locked, if the actor may do this verb on it and nobody changed it meanwhile."""
    rows = type(row)._default_manager
    rows = rows.permitted(actor, code) if actor is not None else rows.all()
    fresh = rows.filter(pk=row.pk).locked().first()
    if fresh is None:
        raise not_permitted()
    if version is not None and fresh.version != version:
        raise changed_meanwhile()
    return fresh


def _stays(row: Any, code: str, actor: Any, created: bool) -> None:
    """Refuse a write that would put the row outside the writer's rows."""
    actor.renew_access()
    rows = type(row)._default_manager
    inside = rows.permitted(actor, code) if created else rows.visible_to(actor)
    if row.pk is not None and not inside.filter(pk=row.pk).exists() and rows.filter(pk=row.pk).exists():
        raise Denied("outside_your_area", _("After this change the record would lie outside your area."), status=403)
