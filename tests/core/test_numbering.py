"""Numbers without gaps: per kind, location and year, also when many draw at once or one gives up."""

import threading

import pytest
from django.db import connection, transaction

from kam.core.numbering import Sequence, next_number


@pytest.mark.django_db
def test_numbers_count_per_kind_location_and_year() -> None:
    assert [next_number("RQ", location="IT", year=2026) for _ in range(2)] == ["RQ-IT-2026-00001", "RQ-IT-2026-00002"]
    assert next_number("RQ", location="DE", year=2026) == "RQ-DE-2026-00001"
    assert next_number("RQ", location="IT", year=2027) == "RQ-IT-2027-00001"
    assert next_number("OF", location="IT", year=2026) == "OF-IT-2026-00001"


@pytest.mark.django_db
def test_a_rollback_gives_the_number_back() -> None:
    @transaction.atomic
    def abandon() -> None:
        assert next_number("RQ", location="IT", year=2026) == "RQ-IT-2026-00002"
        raise ZeroDivisionError

    next_number("RQ", location="IT", year=2026)
    with pytest.raises(ZeroDivisionError):
        abandon()
    assert next_number("RQ", location="IT", year=2026) == "RQ-IT-2026-00002"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_number_is_drawn() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        next_number("RQ", location="IT", year=2026)
    assert not Sequence.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_draw_neither_gaps_nor_doubles() -> None:
    workers, each = 6, 5
    barrier, drawn, failed = threading.Barrier(workers), [], []

    def draw(worker: int) -> None:
        try:
            barrier.wait()
            for turn in range(each):
                try:
                    with transaction.atomic():
                        number = next_number("RQ", location="IT", year=2026)
                        if (worker + turn) % 3 == 0:
                            raise KeyError
                        drawn.append(number)
                except KeyError:
                    failed.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=draw, args=[worker]) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) + len(failed) == workers * each
    assert sorted(drawn) == [f"RQ-IT-2026-{number:05d}" for number in range(1, len(drawn) + 1)]
