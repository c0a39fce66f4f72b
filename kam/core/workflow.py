"""Allowed transitions as data, and `Denied`: the one refusal that button, form, message and API all show."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext_lazy as _


class Denied(Exception):
    """A refusal with a stable code and a translated text that says what to do; nothing was changed.

    `field` names the input at fault, `status` the answer of the API (403 not yours, 409 not now, 412 changed meanwhile).
    `afterwards`, where it is set, is done once the refused transaction is undone: a request that outlives the refusal.
    """

    afterwards: Callable[[], None] | None = None

    def __init__(self, code: str, message: Any, *, field: str = "", status: int = 409) -> None:
        super().__init__(code)
        self.code, self.message, self.field, self.status = code, message, field, status

    def __str__(self) -> str:
        return str(self.message)


class Refusals(Denied):
    """Several refusals of one input, shown all at once, each at its field."""

    def __init__(self, refusals: Iterable[Denied]) -> None:
        self.refusals = list(refusals)
        first = self.refusals[0]
        super().__init__(first.code, first.message, field=first.field, status=first.status)


def not_permitted() -> Denied:
    """The refusal of a verb that is not this person's."""
    return Denied(
        "not_permitted", _("Your role does not allow this here. Ask who leads the account or an administrator."), status=403
    )


def changed_meanwhile() -> Denied:
    """The refusal of a write that was based on an older version of the record."""
    return Denied(
        "changed_meanwhile", _("Somebody changed this record while you were working on it. Compare and save again."), status=412
    )


#: Not serializable, deadlock, lock not to be had: what PostgreSQL says where two wrote the same rows.
WRITING = frozenset({"40001", "40P01", "55P03"})


def others_writing(error: OperationalError) -> Denied | None:
    """The refusal of a write that gave way to somebody else's on the same records, or None for any other trouble."""
    if getattr(error.__cause__, "sqlstate", "") not in WRITING:
        return None
    return Denied("try_again", _("Somebody else was writing the same records. Try again."), status=503)


@dataclass(frozen=True)
class Transition:
    """One allowed change of status: the verb that makes it, from where, to where, and what must hold (`guard`)."""

    verb: str
    sources: tuple[str, ...]
    target: str
    guard: Callable[..., Denied | None] | None = None


@dataclass(frozen=True)
class Step:
    """A next step on a record's page: its verb and, where it cannot be taken now, the reason."""

    verb: str
    denied: Denied | None

    @property
    def allowed(self) -> bool:
        return self.denied is None


class Workflow:
    """The transitions of one model; the status moves only through `move`."""

    def __init__(self, *transitions: Transition, field: str = "status") -> None:
        self.field = field
        self.transitions = {transition.verb: transition for transition in transitions}

    def why_not(self, record: Any, verb: str) -> Denied | None:
        """Why this verb cannot be done now, or None."""
        transition = self.transitions[verb]
        if getattr(record, self.field) not in transition.sources:
            state = getattr(record, f"get_{self.field}_display")()
            return Denied("wrong_status", _("Not possible while the record is “%(state)s”.") % {"state": state})
        return transition.guard(record) if transition.guard else None

    def move(self, record: Any, verb: str) -> None:
        """Set the status that the verb leads to, or raise the refusal; the caller saves."""
        denied = self.why_not(record, verb)
        if denied:
            raise denied
        setattr(record, self.field, self.transitions[verb].target)

    def next_steps(self, record: Any, user: Any) -> list[Step]:
        """The verbs that this person may do on this record, each with its reason where it cannot be done now."""
        rows = type(record)._default_manager
        return [
            Step(verb, self.why_not(record, verb))
            for verb, transition in self.transitions.items()
            if getattr(record, self.field) in transition.sources and rows.permitted(user, verb).filter(pk=record.pk).exists()
        ]
