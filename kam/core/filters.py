"""The base of every FilterSet: one per model, the same for screen, API and export; choices are the reader's rows."""

from functools import cache
from typing import Any

import django_filters
from django.db import models

from kam.core.forms import TypedForm


@cache
def _parameters(filterset: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, one in filterset.base_filters.items():
        widget = one.extra.get("widget") or one.field_class.widget
        found |= {name: name} | {f"{name}_{suffix}": name for suffix in getattr(widget, "suffixes", ())}
    return found


class Choices(django_filters.MultipleChoiceFilter):
    """Several values of one column of the model itself: no row is found twice, so none has to be weeded out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"distinct": False} | options)


class FilterSet(django_filters.FilterSet):
    """Filters of one model. `shown_first` names the filters that stand open on a page; the others are behind “+ Filter”.

    Only the filters that the parameters name are made ready, unless the `whole` form is to be shown.
    """

    shown_first: tuple[str, ...] = ()

    def get_form_class(self) -> Any:
        """The form of the filters; what nobody can see is refused in a question too."""
        kind = super().get_form_class()
        return type(kind.__name__, (TypedForm, kind), {})

    def __init__(self, data: Any = None, *args: Any, whole: bool = False, **kwargs: Any) -> None:
        if data is not None and not whole:
            known = self.parameters()
            given = {known[parameter] for parameter in data if parameter in known}
            every: Any = type(self)
            self.base_filters = {name: one for name, one in every.base_filters.items() if name in given}
        super().__init__(data, *args, **kwargs)

    @classmethod
    def parameters(cls) -> dict[str, str]:
        """Every parameter that the filters take, those of ranges (name_min, name_after) too, with its filter's name."""
        return _parameters(cls)  # type: ignore[arg-type]

    @property
    def reader(self) -> Any:
        """The person who filters."""
        return getattr(self.request, "user", None)

    @classmethod
    def filter_for_lookup(cls, field: models.Field, lookup_type: str) -> Any:
        """A filter on a relation offers only rows that its reader may see."""
        filter_class, params = super().filter_for_lookup(field, lookup_type)
        related = getattr(field, "related_model", None)
        if related is not None and lookup_type == "exact":
            params["queryset"] = visible_choices(related)
        return filter_class, params


def visible_choices(model: type[models.Model]) -> Any:
    """The rows of a model that the person of the request may see, for `queryset=` of a choice filter."""

    def choices(request: Any) -> Any:
        rows: Any = model._default_manager
        return rows.visible_to(request.user) if request is not None else rows.none()

    return choices
