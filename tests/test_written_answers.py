"""Answers that are written by column, and filters of which only the asked ones are made ready, say what the libraries say."""

from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework import serializers

from kam.api import router
from kam.core.rest.output import WrittenByColumn
from tests.world import World

VIEWSETS = {prefix: viewset for prefix, viewset, _name in router.registry}


def view_of(viewset: Any, world: World, letter: str = "s") -> Any:
    """A viewset at work on a list, as somebody who sees everything of it."""
    view = viewset(action="list", format_kwarg=None, kwargs={})
    view.request = SimpleNamespace(user=world.people[letter], query_params={}, method="GET", auth=None)
    return view


@pytest.mark.parametrize("prefix", sorted(VIEWSETS))
def test_a_record_is_written_as_the_library_writes_it(world: World, prefix: str) -> None:
    view = view_of(VIEWSETS[prefix], world, "d" if prefix == "access-log" else "s")
    rows = list(view.get_queryset().order_by("-pk")[:8])
    assert rows, "nobody has one"
    for row in rows:
        serializer = view.get_serializer()
        assert isinstance(serializer, WrittenByColumn)
        written = WrittenByColumn.to_representation(serializer, row)
        assert list(written.items()) == list(serializers.ModelSerializer.to_representation(serializer, row).items())


@pytest.mark.parametrize("prefix", sorted(name for name, viewset in VIEWSETS.items() if viewset.filterset_class))
def test_every_parameter_of_the_filters_is_known(world: World, prefix: str) -> None:
    view = view_of(VIEWSETS[prefix], world)
    whole = view.filterset_class({}, queryset=view.get_queryset(), request=view.request, whole=True)
    names = {
        f"{name}{suffix}"
        for name, field in whole.form.fields.items()
        for suffix in ("", *(f"_{part}" for part in getattr(field.widget, "suffixes", ())))
    }
    assert set(view.filterset_class.parameters()) == names
    for parameter, name in view.filterset_class.parameters().items():
        asked = view.filterset_class({parameter: ""}, queryset=view.get_queryset(), request=view.request)
        assert set(asked.filters) == set(asked.form.fields) == {name}
