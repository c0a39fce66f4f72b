"""The dossier of a negotiation: prepared, round by round, every concession worth something a year; and nothing of it reaches anybody else."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.access_log import AccessLog
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.timeline import timeline
from kam.core.work import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    add_concession,
    add_round,
    correct_concession,
    correct_round,
    edit_dossier,
    edit_negotiation,
    open_dossier,
    strike_concession,
    strike_round,
    submit_offer,
)
from orders.models import Concession, Negotiation, NegotiationDossier
from orders.reports.limits import reasons
from orders.reports.offers import in_kind, reads_dossier_of
from tests.factories.negotiations import negotiation
from tests.factories.offers import offer_line, offered, priced_product
from tests.matrix import Matrix
from tests.world import api_client, browser

SECRET = "Xqzwdossier"


def opened(matrix: Matrix, value: int = 365_000, **values: Any) -> NegotiationDossier:
    """The account manager's dossier of a negotiation with ACME in the United States."""
    one = negotiation(
        plant=matrix.acme_us_plant, selling_location=matrix.usa, owner=matrix.account_manager, value=value, subject="Belt drives"
    )
    made: NegotiationDossier = open_dossier(NegotiationDossier, actor=matrix.account_manager, negotiation=one, **values)
    return made


def test_prices_lie_in_their_order_and_each_negotiation_has_one(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = opened(
        matrix, opening_price=Decimal(12), target_price=Decimal(11), walk_away_price=Decimal(10), their_limit=Decimal("10.5")
    )
    assert (one.bargaining_range, one.realised) == (Decimal("0.5"), None)
    for wrong, field in (
        ({"walk_away_price": Decimal("11.5")}, "walk_away_price"),
        ({"target_price": Decimal(13)}, "target_price"),
        ({"agreed_price": Decimal(0)}, "agreed_price"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            edit_dossier(one, actor=matrix.account_manager, **wrong)
        assert refused.value.field == field
    with nothing_changed(), pytest.raises(Denied, match="already"):
        open_dossier(NegotiationDossier, actor=matrix.account_manager, negotiation=one.negotiation)
    with nothing_changed(), pytest.raises(Denied, match="sales manager decides"):
        edit_dossier(one, actor=matrix.account_manager, walk_away_price=Decimal(9))
    edit_dossier(one, actor=matrix.sales_manager, walk_away_price=Decimal(9), agreed_price=Decimal("10.45"))
    one.refresh_from_db()
    assert (one.bargaining_range, one.realised) == (Decimal("1.50000"), Decimal("95.00"))


def test_a_concession_is_worth_something_a_year_and_has_something_in_return(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    one = opened(matrix, walk_away_price=Decimal(10))
    me = matrix.account_manager
    got = add_concession(one, actor=me, side="got", what="Whole volume", kind="other", figure=Decimal(5000))
    given = {"side": "given", "what": "Days", "kind": "payment", "figure": Decimal(30)}
    with nothing_changed(), pytest.raises(Denied, match="in return"):
        add_concession(one, actor=me, **given)
    days = add_concession(one, actor=me, in_return_for=got, **given)
    assert days.annual_value == Decimal("1800.00"), "30 days × 1,000 a day × 6 % a year"
    tooling = add_concession(
        one, actor=me, side="given", what="Mould", kind="tooling", figure=Decimal(12000), years=4, motivation="Agreed in 2024"
    )
    assert tooling.annual_value == Decimal("3000.00")
    price = {"side": "given", "what": "Price", "kind": "price", "figure": Decimal("2.5"), "in_return_for": got}
    assert add_concession(one, actor=me, price_after=Decimal("10.2"), **price).annual_value == Decimal("9125.00")
    with nothing_changed(), pytest.raises(Denied) as refused:
        add_concession(one, actor=me, price_after=Decimal("9.9"), **price)
    assert (refused.value.code, refused.value.status) == ("below_walk_away", 403)
    assert add_concession(one, actor=matrix.sales_manager, price_after=Decimal("9.9"), **price).pk
    for wrong, field in (
        ({"in_return_for": days}, "in_return_for"),
        ({"figure": Decimal(0)}, "figure"),
        ({"figure": Decimal(101)}, "figure"),
        (
            {"in_return_for": add_concession(opened(matrix), actor=me, side="got", what="X", kind="other", figure=1)},
            "in_return_for",
        ),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            add_concession(one, actor=me, **price | wrong)
        assert refused.value.field == field
    set_parameter(ParameterValue, actor=matrix.administrator, key="orders.cost_of_capital", value=Decimal(10))
    assert add_concession(one, actor=me, in_return_for=got, **given).annual_value == Decimal("3000.00")


def test_rounds_keep_both_sides_positions(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = opened(matrix, walk_away_price=Decimal(10))
    first = add_round(one, actor=matrix.account_manager, our_price=Decimal(12), their_price=Decimal(9), their_position="Too high")
    second = add_round(one, actor=matrix.account_manager, our_price=Decimal(11), channel="call")
    assert (first.number, second.number, first.held_on) == (1, 2, clock.today())
    with nothing_changed(), pytest.raises(Denied, match="up to today"):
        add_round(one, actor=matrix.account_manager, held_on=clock.today() + timedelta(days=1))
    with nothing_changed(), pytest.raises(Denied, match="below the walk-away"):
        add_round(one, actor=matrix.account_manager, our_price=Decimal(9))
    assert add_concession(one, actor=matrix.account_manager, side="got", what="X", kind="other", figure=1).round == second


def test_a_wrong_round_is_corrected_or_struck_with_a_reason_and_stays_readable(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    one = opened(matrix, walk_away_price=Decimal(10))
    me = matrix.account_manager
    first, second = (add_round(one, actor=me, our_price=Decimal(price), minutes="Cold") for price in (12, 11))
    for call, code in (
        (lambda: correct_round(first, actor=me, our_price=Decimal(13)), "reason_needed"),
        (lambda: correct_round(first, actor=me, our_price=Decimal(9), reason="Typed wrong"), "below_walk_away"),
        (lambda: correct_round(first, actor=me, our_price=Decimal(-1), reason="Typed wrong"), "above_zero"),
        (
            lambda: correct_round(first, actor=me, held_on=clock.today() + timedelta(days=1), reason="Typed wrong"),
            "day_to_come",
        ),
        (lambda: correct_round(first, actor=me, number=9, reason="Typed wrong"), "not_editable"),
        (lambda: correct_round(first, actor=me, our_price=Decimal(12), reason="Nothing changes"), ""),
        (lambda: correct_round(first, actor=matrix.area_manager_us, reason="Not mine"), "not_permitted"),
        (lambda: strike_round(second, actor=me), "reason_needed"),
    ):
        with nothing_changed():
            if code:
                with pytest.raises(Denied) as refused:
                    call()
                assert refused.value.code == code
            else:
                call()
    assert correct_round(first, actor=me, our_price=Decimal("12.5"), reason="They had read the old sheet").our_price == Decimal(
        "12.5"
    )
    strike_round(second, actor=me, reason="It was another customer's")
    with nothing_changed(), pytest.raises(Denied, match="stays as it is"):
        correct_round(second, actor=me, minutes="Warm", reason="Typed wrong")
    told = timeline(one, me)
    assert [(moment.label, moment.reason) for moment in told[:2]] == [
        ("Strike round", "It was another customer's"),
        ("Correct round", "They had read the old sheet"),
    ]
    assert [(change.full_label, change.before, change.after) for change in told[1].changes] == [
        ("Round of a negotiation 1 · Our price", "12", "12.5")
    ]
    assert "Cold" in {change.after for moment in told[2:] for change in moment.changes}, "what was reported stays readable"
    page = browser(me).get(one.get_absolute_url()).content.decode()
    assert "Struck: It was another customer" in page and f"/negotiation-rounds/{first.pk}/correct/" in page
    assert f"/negotiation-rounds/{second.pk}/correct/" not in page
    third = add_round(one, actor=me)
    assert third.number == 3
    screen, address = browser(me), f"/negotiation-rounds/{third.pk}/correct/"
    typed = {"held_on": "", "channel": "call", "our_price": "11", "version": third.version}
    assert screen.post(address, typed).status_code == 422, "neither a day nor a reason"
    typed |= {"held_on": third.held_on.isoformat(), "reason": "It was by phone"}
    saved = screen.post(address, typed)
    assert (saved.status_code, saved["Location"]) == (302, one.get_absolute_url())
    third.refresh_from_db()
    assert (third.channel, third.our_price) == ("call", Decimal(11))
    assert (
        screen.post(f"/negotiation-rounds/{third.pk}/strike/", {"reason": "Twice", "version": third.version}).status_code == 302
    )


def test_a_wrong_concession_is_corrected_or_struck_and_counts_as_it_is_now(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    one = opened(matrix, walk_away_price=Decimal(10))
    me = matrix.account_manager
    got = add_concession(one, actor=me, side="got", what="Whole volume", kind="other", figure=Decimal(5000))
    given = add_concession(
        one, actor=me, side="given", what="Days", kind="payment", figure=Decimal(60), in_return_for=got, price_after=Decimal(11)
    )
    assert given.annual_value == Decimal("3600.00")
    for call, code in (
        (lambda: correct_concession(given, actor=me, figure=Decimal(30)), "reason_needed"),
        (lambda: correct_concession(given, actor=me, in_return_for=None, reason="Typed wrong"), "counter_needed"),
        (lambda: correct_concession(given, actor=me, price_after=Decimal(9), reason="Typed wrong"), "below_walk_away"),
        (lambda: correct_concession(got, actor=me, side="given", motivation="So", reason="Typed wrong"), "counter_in_use"),
        (lambda: strike_concession(got, actor=me, reason="They took it back"), "counter_in_use"),
        (lambda: strike_concession(given, actor=matrix.area_manager_us, reason="Not mine"), "not_permitted"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            call()
        assert refused.value.code == code
    assert correct_concession(given, actor=me, figure=Decimal(30), reason="It was 30").annual_value == Decimal("1800.00")
    Negotiation.objects.filter(pk=one.negotiation_id).update(annual_value=730_000)
    given.refresh_from_db()
    corrected = correct_concession(given, actor=me, what="30 days", reason="In words")
    assert corrected.annual_value == Decimal("1800.00"), "what was agreed in its round stays worth what it was"
    screen = browser(me)
    page = screen.get(f"/negotiation-concessions/{given.pk}/correct/")
    assert page.context["form"].initial["what"] == "30 days"
    client = api_client(me)
    answer = client.post(f"/api/v1/negotiation-concessions/{given.pk}/strike/", {"reason": "Never agreed"}, format="json")
    assert (answer.status_code, answer.data["struck_because"]) == (200, "Never agreed")
    assert screen.get(one.get_absolute_url()).context["balance"] == Decimal("5000.00")
    given.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as refused:
        add_concession(one, actor=me, side="got", what="X", kind="other", figure=Decimal(1), in_return_for=given)
    assert refused.value.code == "not_the_other_side"
    strike_concession(got, actor=me, reason="They took it back")
    assert screen.get(one.get_absolute_url()).context["balance"] == 0


def test_a_small_negotiation_has_one_line(matrix: Matrix) -> None:
    small, large = opened(matrix, value=1000), opened(matrix)
    client = browser(matrix.account_manager)
    shown = {one.pk: list(client.get(f"{one.get_absolute_url()}edit/").context["form"].fields) for one in (small, large)}
    assert shown[small.pk] == ["target_price", "walk_away_price", "outcome", "version"]
    assert "interests" in shown[large.pk]
    edit_dossier(small, actor=matrix.account_manager, objective="Kept")
    version = NegotiationDossier.objects.get(pk=small.pk).version
    saved = client.post(
        f"{small.get_absolute_url()}edit/", {"target_price": "9", "walk_away_price": "8", "outcome": "", "version": version}
    )
    assert saved.status_code == 302
    small.refresh_from_db()
    assert (small.objective, small.target_price) == ("Kept", Decimal(9))


def test_nothing_of_a_dossier_reaches_anybody_who_is_not_named(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = opened(matrix, objective=SECRET, interests=SECRET, outcome=SECRET, price_of=SECRET, walk_away_price=Decimal("7654.321"))
    add_round(one, actor=matrix.account_manager, our_position=SECRET, minutes=SECRET, our_price=Decimal("8765.432"))
    add_concession(one, actor=matrix.account_manager, side="got", what=SECRET, kind="other", figure=Decimal("4321.09"))
    sought = one.negotiation
    words = (SECRET, "7654.321", "7,654.321", "8765.432", "8,765.432", "4321.09", "4,321")
    readers = {"account_manager", "sales_manager", "management"}
    for name, user in matrix.users.items():
        mine = name in readers
        assert NegotiationDossier.objects.visible_to(user).exists() == mine, name
        assert Concession.objects.visible_to(user).exists() == mine, name
        if mine:
            continue
        client, screen = api_client(user), browser(user)
        answers = [
            client.get("/api/v1/negotiation-dossiers/"),
            client.get(f"/api/v1/negotiation-dossiers/?negotiation={sought.pk}"),
            client.get("/api/v1/negotiations/"),
            client.get(f"/api/v1/negotiations/{sought.pk}/"),
            client.get("/api/v1/search/", {"q": SECRET}),
            client.get("/api/v1/notifications/"),
            client.get("/api/v1/work-items/"),
            screen.get(sought.get_absolute_url()),
            screen.get("/negotiations/"),
            screen.get("/negotiations/", {"export": "csv"}),
            screen.get("/negotiation-dossiers/new/", {"negotiation": sought.pk}),
        ]
        for method, address in (
            ("get", f"/api/v1/negotiation-dossiers/{one.pk}/"),
            ("post", f"/api/v1/negotiation-dossiers/{one.pk}/add-round/"),
            ("post", f"/api/v1/negotiation-dossiers/{one.pk}/add-concession/"),
        ):
            with nothing_changed():
                answers.append(getattr(client, method)(address))
            assert answers[-1].status_code == 404, (name, address)
        for part in ("", "edit/", "round/", "concession/"):
            answers.append(screen.get(f"{one.get_absolute_url()}{part}"))
            assert answers[-1].status_code == 404, (name, part)
        for answer in answers:
            text = answer.content.decode()
            assert not [word for word in words if word in text], (name, answer.request["PATH_INFO"])
            if answer.request["PATH_INFO"] == sought.get_absolute_url() and answer.status_code == 200:
                assert one.get_absolute_url() not in text and "Open dossier" not in text, name
        with nothing_changed(), pytest.raises(Denied) as refused:
            open_dossier(NegotiationDossier, actor=user, negotiation=sought)
        assert "already" not in str(refused.value), "whether there is one is not told either"
    told = [change for moment in timeline(sought, matrix.account_manager) for change in moment.changes]
    assert not [change for change in told if SECRET in f"{change.before}{change.after}"], "not even in its own history"
    assert not Notification.objects.exists()


def test_who_is_named_reads_it_and_every_reading_is_logged(matrix: Matrix) -> None:
    one = opened(matrix, objective=SECRET)
    page = one.get_absolute_url()
    named = browser(matrix.area_manager_us)
    assert named.get(page).status_code == 404
    edit_negotiation(one.negotiation, actor=matrix.account_manager, team=[matrix.area_manager_us])
    assert SECRET in named.get(page).content.decode()
    assert SECRET in api_client(matrix.area_manager_us).get(f"/api/v1/negotiation-dossiers/{one.pk}/").content.decode()
    logged = AccessLog.objects.filter(kind="confidential", user=matrix.area_manager_us)
    assert [entry.about for entry in logged] == [f"orders.negotiationdossier {one.pk}"] * 2
    edit_negotiation(one.negotiation, actor=matrix.account_manager, team=[])
    assert named.get(page).status_code == 404, "a name that was taken away cuts at once"
    assert not Negotiation.objects.get(pk=one.negotiation_id).team.exists()


def test_who_joined_the_team_and_who_left_it_is_in_the_time_line(matrix: Matrix) -> None:
    one = opened(matrix).negotiation
    me, her = matrix.account_manager, matrix.area_manager_us
    edit_negotiation(one, actor=me, team=[her], subject="Belt drives, again", reason="She knows them")
    edit_negotiation(one, actor=me, team=[])
    left, joined = timeline(one, me)[:2]
    assert (joined.label, joined.actor, joined.reason) == ("Edit negotiation", me, "She knows them")
    assert [(change.label, change.before, change.after) for change in joined.changes] == [
        ("Subject", "Belt drives", "Belt drives, again"),
        ("Team", "–", str(her)),
    ]
    assert [(change.label, change.before, change.after) for change in left.changes] == [("Team", str(her), "–")]


def test_what_is_given_in_kind_counts_as_discount_and_sends_back_an_offer_that_it_outgrows(matrix: Matrix) -> None:
    dossier = opened(matrix)  # 365,000 a year
    people = {"by": matrix.account_manager, "approver": matrix.sales_manager, "currency": "EUR"}
    line = offer_line(priced_product(), 100, "23.50")  # 6 % below a list of 25: within one's own limit
    made = offered(matrix.acme_us_plant, matrix.usa, line, negotiation=dossier.negotiation, status="approved", **people)
    assert (made.triggers, made.level, in_kind(made)) == ([], 0, None)
    price = {"side": "given", "what": "Price", "kind": "price", "figure": Decimal(6), "motivation": "As offered"}
    add_concession(dossier, actor=matrix.account_manager, **price)
    made.refresh_from_db()
    assert (made.status, in_kind(made)) == ("approved", None), "what is given in the price stands in the offer itself"
    service = {"side": "given", "what": SECRET, "kind": "other", "figure": Decimal(18250), "motivation": "First year"}
    add_concession(dossier, actor=matrix.account_manager, **service)
    made.refresh_from_db()
    assert in_kind(made) == Decimal("10.70"), "6 % and a twentieth of the other 94 %"
    assert (made.status, made.approved_by) == ("draft", None)
    told = Notification.objects.get(kind="offer_decided", reader=matrix.account_manager)
    assert SECRET not in " ".join(told.text())
    submit_offer(made, actor=matrix.account_manager)
    made.refresh_from_db()
    assert (made.status, made.level, [one["code"] for one in made.triggers]) == ("in_approval", 1, ["in_kind"])
    for reader, figure in ((matrix.account_manager, "10.7 %"), (matrix.area_manager_us, "")):
        [shown] = reasons(made.triggers, with_costs=True, with_dossier=reads_dossier_of(made, reader))
        assert shown.figure.replace("\u202f", " ") == figure
        assert SECRET not in repr(timeline(made, reader))
    add_concession(dossier, actor=matrix.account_manager, **service | {"figure": Decimal(1)})
    made.refresh_from_db()
    assert made.status == "in_approval", "the sales manager decides on that too"
    add_concession(dossier, actor=matrix.account_manager, **service | {"figure": Decimal(73000)})
    made.refresh_from_db()
    assert (made.status, WorkItem.objects.on(made).open().count()) == ("draft", 0), "more than the sales manager may decide on"
