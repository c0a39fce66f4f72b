"""Links between records: seen only by whoever sees both ends, made once."""

import pytest

from kam.core.links import Link, link_records, links_of, unlink_records
from kam.core.workflow import Denied
from tests.matrix import matrix  # noqa: F401


def link(actor, record, other, **values):
    return link_records(Link, actor=actor, record=record, other=other, **values)


def test_a_link_is_seen_by_whoever_sees_both_ends(matrix):  # noqa: F811
    both = link(matrix.sales_manager, matrix.acme_us, matrix.beta)
    assert links_of(matrix.acme_us, matrix.sales_manager) == [(both, matrix.beta)]
    assert links_of(matrix.beta, matrix.sales_manager) == [(both, matrix.acme_us)]
    for one in (matrix.account_manager, matrix.account_manager2, matrix.nobody):
        assert not Link.objects.visible_to(one).exists()


def test_a_foreign_record_is_answered_like_an_absent_one(matrix, nothing_changed):  # noqa: F811
    with nothing_changed(), pytest.raises(Denied) as foreign:
        link(matrix.account_manager, matrix.acme_us, matrix.beta)
    absent = type(matrix.beta)(pk=10**9)
    with nothing_changed(), pytest.raises(Denied) as nowhere:
        link(matrix.account_manager, matrix.acme_us, absent)
    assert (
        (foreign.value.code, str(foreign.value))
        == (nowhere.value.code, str(nowhere.value))
        == ("record_not_found", "There is no such record.")
    )


def test_records_are_linked_once_in_either_direction(matrix, nothing_changed):  # noqa: F811
    first = link(matrix.account_manager, matrix.acme_us, matrix.acme_us_plant)
    with nothing_changed():
        assert link(matrix.account_manager, matrix.acme_us_plant, matrix.acme_us) == first
    cause = link(matrix.account_manager, matrix.acme_us_plant, matrix.acme_us, meaning=Link.Meaning.CAUSED_BY)
    assert cause != first
    with nothing_changed(), pytest.raises(Denied) as caught:
        link(matrix.account_manager, matrix.acme_us, matrix.acme_us)
    assert caught.value.code == "link_to_itself"


def test_a_link_is_removed_and_the_history_keeps_it(matrix):  # noqa: F811
    made = link(matrix.account_manager, matrix.acme_us, matrix.acme_us_plant)
    unlink_records(made, actor=matrix.account_manager, reason="a mistake")
    assert not Link.objects.exists()
    labels = list(Link.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", flat=True))
    assert labels == ["insert", "delete"]
