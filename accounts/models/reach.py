"""How far a person's rights go: the plants and companies that lie within a scope, as one statement over all the ways to them.

A scope is small: the groups and companies that somebody leads, the locations where they hold a role. The plants and companies
within it may be thousands and are never fetched; the database looks them up where rows are asked for.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from kam.core.scoping import Reach

# Each part finds the keys of plants, or of the companies that own them ({key}: plant.id or plant.customer_id).
LED_GROUPS = """
SELECT {key} FROM accounts_customer company JOIN accounts_plant plant ON plant.customer_id = company.id
WHERE company.group_id = ANY(%s::bigint[])"""
LED_PLANTS = """
SELECT id FROM accounts_plant WHERE customer_id = ANY(%s::bigint[])"""
LED_COMPANIES = """
SELECT id FROM accounts_customer WHERE id = ANY(%s::bigint[])"""
SERVED_COMPANIES = """
SELECT plant.customer_id FROM accounts_plantservice service JOIN accounts_plant plant ON plant.id = service.plant_id
WHERE service.location_id = ANY(%s::bigint[]) AND service.period @> %s::date"""
SERVED_PLANTS = """
SELECT plant_id FROM accounts_plantservice WHERE location_id = ANY(%s::bigint[]) AND period @> %s::date"""
# ARRAY: which accounts they are is found out once for a whole query, and only if a row asks; OFFSET: account by account, until
# a first plant that is served is found.
OF_SERVED_ACCOUNTS = """
SELECT {key} FROM accounts_customer company JOIN accounts_plant plant ON plant.customer_id = company.id
WHERE company.group_id = ANY(ARRAY(
    SELECT account.id FROM accounts_customergroup account WHERE account.is_global_account AND EXISTS (
        SELECT FROM accounts_customer c JOIN accounts_plant p ON p.customer_id = c.id JOIN accounts_plantservice s ON s.plant_id = p.id
        WHERE c.group_id = account.id AND s.location_id = ANY(%s::bigint[]) AND s.period @> %s::date OFFSET 0)))"""
WORK = """
SELECT object_id FROM core_workitem
WHERE content_type_id = %s AND (assignee_id = ANY(%s::bigint[]) OR done_by_id = ANY(%s::bigint[]) OR audience = ANY(%s::text[]))"""
WORK_AT_PLANTS = """
SELECT plant.customer_id FROM core_workitem item JOIN accounts_plant plant ON plant.id = item.object_id
WHERE item.content_type_id = %s
  AND (item.assignee_id = ANY(%s::bigint[]) OR item.done_by_id = ANY(%s::bigint[]) OR item.audience = ANY(%s::text[]))"""


@dataclass(frozen=True)
class Scope:
    """Where a person may do something: everything, or what is led and served, and what opens a card only.

    Only a card: the whole of the global accounts that `card_locations` serve, and what `people` or `audiences` have or had to do.
    """

    today: date
    everything: bool = False
    group_ids: tuple[int, ...] = ()
    company_ids: tuple[int, ...] = ()
    location_ids: tuple[int, ...] = ()
    card_locations: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    audiences: tuple[str, ...] = ()

    @property
    def led(self) -> "Scope":
        """The part of it that is led as account manager, in all our locations."""
        return Scope(self.today, group_ids=self.group_ids, company_ids=self.company_ids)

    @cached_property
    def served(self) -> "Scope":
        """The part of it that comes with a location, without what is led."""
        return replace(self, group_ids=(), company_ids=())

    @cached_property
    def plants(self) -> Reach:
        """The plants within."""
        return self._reach("plant.id", LED_PLANTS, SERVED_PLANTS, {"plant": WORK})

    @cached_property
    def companies(self) -> Reach:
        """The companies within: those of its plants, and those that are led or worked for without a plant."""
        return self._reach("plant.customer_id", LED_COMPANIES, SERVED_COMPANIES, {"plant": WORK_AT_PLANTS, "customer": WORK})

    def _reach(self, key: str, led: str, served: str, worked: dict[str, str]) -> Reach:
        parts: list[str] = []
        values: list[Any] = []

        def add(statement: str, *parameters: Any) -> None:
            parts.append(statement.format(key=key))
            values.extend(parameters)

        if self.group_ids:
            add(LED_GROUPS, list(self.group_ids))
        if self.company_ids:
            add(led, list(self.company_ids))
        if self.location_ids:
            add(served, list(self.location_ids), self.today)
        if self.card_locations:
            add(OF_SERVED_ACCOUNTS, list(self.card_locations), self.today)
        for model, statement in worked.items() if self.people else ():
            kind = ContentType.objects.get_by_natural_key("accounts", model)
            add(statement, kind.pk, list(self.people), list(self.people), list(self.audiences))
        return Reach(" UNION ALL ".join(parts), tuple(values), few=not self.location_ids, everything=self.everything)

    @property
    def belonging(self) -> Any:
        """The condition on rows that belong to a plant or, without one, to a company."""
        return self.plants.has("plant") | Q(plant__isnull=True) & self.companies.has("customer")

    def of(self, rows: Any) -> Any:
        """Those rows that belong to a plant or company within."""
        return rows if self.everything else rows.filter(self.belonging)
