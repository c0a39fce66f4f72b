"""Webhooks on the screen and over REST: the secret once, the same refusals, the deliveries with what was answered."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from kam.core.idempotency import AnsweredRequest
from kam.core.webhooks import Webhook, WebhookDelivery
from tests.factories.accounts import UserFactory
from tests.pages import words

pytestmark = pytest.mark.django_db
HOOKS = "/api/v1/webhooks/"
BODY = {"name": "ERP", "url": "https://erp.example/kam", "event_types": ["accounts.plant.changed", "accounts.plant.created"]}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def browser(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator, backend=BACKEND)
    return client


@pytest.fixture
def hook(api: APIClient) -> Webhook:
    return Webhook.objects.get(pk=api.post(HOOKS, BODY).data["id"])


def test_a_secret_is_answered_once(api: APIClient, administrator: User) -> None:
    answer = api.post(HOOKS, BODY, headers={"idempotency-key": "once"})
    secret = answer.data["secret"]
    assert answer.status_code == 201 and secret.startswith("whsec_")
    assert (answer.data["owner"], answer.data["status"], answer.data["event_types"]) == (
        administrator.pk,
        "active",
        ["accounts.plant.created", "accounts.plant.changed"],
    )
    again = api.post(HOOKS, BODY, headers={"idempotency-key": "once"})
    assert again.json()["secret"] == secret and again.headers["Idempotency-Replayed"] == "true"
    assert secret.encode() not in bytes(AnsweredRequest.objects.get().body)
    address = f"{HOOKS}{answer.data['id']}/"
    assert "secret" not in api.get(address).data and "secret" not in api.patch(address, {"name": "ERP 2"}).data
    renewed = api.post(f"{address}renew-secret/").data
    assert renewed["id"] == answer.data["id"] and renewed["secret"] not in {secret, ""}
    assert "secret" not in api.get(HOOKS).data["results"][0]


def test_several_are_made_at_once_each_with_its_secret(api: APIClient) -> None:
    rows = api.post(HOOKS, [BODY, {**BODY, "name": "MES"}]).data
    assert [row["name"] for row in rows] == ["ERP", "MES"] and len({row["secret"] for row in rows}) == 2
    refused = api.post(HOOKS, [{**BODY, "name": "A"}, {**BODY, "name": "B", "url": "http://erp.example"}])
    assert refused.status_code == 400 and Webhook.objects.count() == 2
    assert [(error["index"], error["field"], error["code"]) for error in refused.json()["errors"]] == [(1, "url", "not_https")]


def test_the_owner_sees_and_the_others_do_not(api: APIClient, hook: Webhook, client_of: Callable[..., APIClient]) -> None:
    owner = UserFactory(role="quality")
    stranger = UserFactory(role="sales_manager")
    assert api.patch(f"{HOOKS}{hook.pk}/", {"owner": owner.pk}).status_code == 200
    assert client_of(owner).get(f"{HOOKS}{hook.pk}/").data["name"] == "ERP"
    assert client_of(owner).patch(f"{HOOKS}{hook.pk}/", {"name": "Mine"}).status_code == 403
    assert client_of(stranger).get(f"{HOOKS}{hook.pk}/").status_code == 404
    assert client_of(stranger).post(HOOKS, BODY).status_code == 403
    assert client_of(stranger).get("/api/v1/webhook-deliveries/").data["count"] == 0


def test_a_change_needs_the_version_that_it_is_based_on(api: APIClient, hook: Webhook) -> None:
    address = f"{HOOKS}{hook.pk}/"
    tag = api.get(address)["ETag"]
    assert api.patch(address, {"name": "A"}, headers={"if-match": tag}).status_code == 200
    assert api.patch(address, {"name": "B"}, headers={"if-match": tag}).status_code == 412


def test_what_may_be_told_is_listed_in_words(api: APIClient) -> None:
    rows = {row["event"]: row for row in api.get(f"{HOOKS}events/").data}
    assert rows["accounts.plant.changed"] == {"event": "accounts.plant.changed", "label": "Plant: changed", "noun": "plants"}
    assert rows["accounts.customergroup.created"]["noun"] == "customer-groups"


def test_deliveries_are_filtered_and_repeated(api: APIClient, hook: Webhook) -> None:
    assert api.post(f"{HOOKS}{hook.pk}/try/").data["event"] == "core.webhook.tested"
    assert api.get("/api/v1/webhook-deliveries/", {"webhook": hook.pk, "state": "waiting"}).data["count"] == 1
    row = WebhookDelivery.objects.get()
    assert api.post(f"/api/v1/webhook-deliveries/{row.pk}/repeat/").json()["code"] == "delivery_waiting"
    WebhookDelivery.objects.update(state="failed")
    assert api.post(f"/api/v1/webhook-deliveries/{row.pk}/repeat/").data["state"] == "waiting"
    assert api.get("/api/v1/webhook-deliveries/", {"record_type": "accounts.plant"}).data["count"] == 0
    assert api.get(HOOKS, {"event": "accounts.plant.changed", "status": "active", "search": "erp"}).data["count"] == 1
    assert api.get(HOOKS, {"event": "accounts.plant.deleted"}).data["count"] == 0


def test_the_pages_make_show_and_change_a_webhook(browser: Client, administrator: User) -> None:
    form = browser.get("/webhooks/new/")
    assert form.status_code == 200 and b'value="accounts.plant.changed"' in form.content
    page = browser.post("/webhooks/new/", {**BODY, "owner": administrator.pk, "is_active": "on"})
    hook = Webhook.objects.get()
    assert page.status_code == 200 and page.context["secret"].startswith("whsec_")
    assert page.context["secret"] not in browser.get(hook.get_absolute_url()).content.decode()
    text = words(browser.get(hook.get_absolute_url()))
    assert "https://erp.example/kam" in text and "created, changed" in text
    changed = browser.post(
        f"{hook.get_absolute_url()}edit/",
        {
            **BODY,
            "event_types": ["accounts.plant.deleted"],
            "owner": administrator.pk,
            "is_active": "on",
            "version": hook.version,
        },
    )
    hook.refresh_from_db()
    assert changed.status_code == 302 and hook.event_types == ["accounts.plant.deleted"]
    refused = browser.post("/webhooks/new/", {**BODY, "name": "X", "url": "http://erp.example", "owner": administrator.pk})
    assert refused.status_code == 422 and "must begin with https" in words(refused) and Webhook.objects.count() == 1
    assert b"checked" in refused.content  # what was ticked stays


def test_the_pages_send_a_test_pause_and_take_up_again(browser: Client, hook: Webhook) -> None:
    where = hook.get_absolute_url()
    assert browser.post(f"{where}try/")["Location"] == f"{where}?tab=deliveries"
    assert "Webhook: tested" in words(browser.get(f"{where}deliveries/"))
    assert browser.post(f"{where}pause/", {"reason": "The ERP is moved"}).status_code == 302
    text = words(browser.get(where))
    assert "Paused" in text and "The ERP is moved" in text and "Take up again" in text
    assert browser.post(f"{where}resume/").status_code == 302
    secret = browser.post(f"{where}secret/", {"reason": ""})
    assert secret.context["secret"].startswith("whsec_")


def test_the_pages_show_a_delivery_and_repeat_some(browser: Client, hook: Webhook) -> None:
    told = {"record_type": "accounts.plant", "record_id": 7, "record_version": 3, "change": "changed", "state": "failed"}
    rows = [WebhookDelivery.objects.create(webhook=hook, status=None, said="no_answer", **told) for _turn in range(2)]
    text = words(browser.get(rows[0].get_absolute_url()))
    assert "Plant: changed" in text and "There was no answer in time." in text and str(rows[0].key) in text
    assert "given up" in words(browser.get("/webhooks/deliveries/?state=failed"))
    assert browser.post(f"{rows[0].get_absolute_url()}repeat/").status_code == 302
    browser.post("/webhooks/deliveries/", {"bulk": "repeat", "row": [rows[1].pk]})
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}
