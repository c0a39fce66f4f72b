"""The grid of a budget of 5,000 lines in Chromium, and a save of 1,000 cells beside a bare executemany of the same rows."""

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from playwright.sync_api import Page

from budgets.models import Budget, BudgetRound
from kam.core import clock
from tests.bench.servers import Server, environment
from tests.e2e.browser import OPTIONS, chromium, playing
from tests.factories.plans import plan

CUSTOMERS, SAVED = 50, 1_000
SCROLL_SECONDS = 10
# A wheel that turns on and on, there and back: what each frame took, in milliseconds.
SCROLL = """seconds => new Promise(done => {
    const holder = document.querySelector(".tabulator-tableholder");
    const bottom = holder.scrollHeight - holder.clientHeight;
    const frames = [];
    const began = performance.now();
    let last = began;
    const turn = now => {
        frames.push(now - last);
        last = now;
        const part = (now - began) / (seconds * 1000);
        holder.scrollTop = bottom * (part < 0.5 ? 2 * part : 2 - 2 * part);
        if (part < 1) requestAnimationFrame(turn); else done(frames.slice(1));
    };
    requestAnimationFrame(turn);
})"""
#: The same columns and the same key, without triggers, history and totals.
TWIN = """
CREATE UNLOGGED TABLE bench_cell AS SELECT line_id, month, quantity, price, revenue, version FROM budgets_budgetcell
"""
UPDATE = "UPDATE bench_cell SET quantity = %s, price = %s, revenue = %s, version = version + 1 WHERE line_id = %s AND month = %s"


@dataclass
class GridTimes:
    """Seconds until it can be worked with and until an edit is saved, milliseconds of frames, and the two ways to save."""

    lines: int = 0
    ready: list[float] = field(default_factory=list)
    edit: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    save: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


def budget_of(person: Any, lines: int) -> Budget:
    """A budget of a person in a round that is open, with so many lines."""
    year = clock.today().year + 1
    one = BudgetRound.objects.create(
        first_month=clock.today().replace(year=year, month=1, day=1),
        number=1,
        status=BudgetRound.Status.OPEN,
        opened_at=clock.now(),
        deadline=clock.today() + timedelta(days=30),
        currency="EUR",
        requested_by=person,
    )
    location = person.grants.get().location
    budget = Budget.objects.create(round=one, contributor=person, location=location)
    plan(budget, customers=CUSTOMERS, products=lines // CUSTOMERS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return budget


def measure(person: Any, lines: int, rounds: int, folder: Path) -> GridTimes:
    """Open, scroll and edit in Chromium; save by the API and barely, in turn."""
    budget = budget_of(person.user, lines)
    found = GridTimes(lines=lines)
    with Server("kam.wsgi:application", environment(), folder / "grid.log") as server, playing() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=OPTIONS.split())
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="it", service_workers="block")
        address = f"http://localhost:{server.port}"
        context.add_cookies([{"name": "sessionid", "value": person.session, "url": address, "httpOnly": True}])
        page = context.new_page()
        for _turn in range(rounds):
            _open(page, f"{address}/budgets/{budget.pk}/grid/", found)
            _edit(page, found)
        page.click("[data-do=months]")
        found.frames = page.evaluate(SCROLL, SCROLL_SECONDS)
        browser.close()
    _save(budget, person, rounds, found)
    return found


def _open(page: Page, address: str, found: GridTimes) -> None:
    page.goto(address)
    page.locator("#grid[data-ready]").wait_for()
    found.ready.append(page.evaluate("performance.getEntriesByName('kam-grid-ready')[0].startTime") / 1000)
    page.locator("#grid[data-compared]").wait_for()


def _edit(page: Page, found: GridTimes) -> None:
    """From the last key to the server's word that it is saved."""
    page.keyboard.press("Alt+2")
    if page.locator(".k-grid-month").count() == 0:
        page.click("[data-do=months]")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(str(100 + len(found.edit)))
    started = time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_function("() => kam.grid.here.now === 'saved' && !kam.grid.here.saving.count()", polling=10)
    found.edit.append(time.perf_counter() - started)


def _save(budget: Budget, person: Any, rounds: int, found: GridTimes) -> None:
    client = Client(headers={"host": "localhost", "authorization": f"Token {person.token}"})
    with connection.cursor() as cursor:
        cursor.execute(TWIN)
        cursor.execute("CREATE UNIQUE INDEX ON bench_cell (line_id, month) INCLUDE (quantity, revenue)")
        cursor.execute("ANALYZE bench_cell")
    for turn in range(rounds + 1):
        keys = list(budget.lines.order_by("pk").values_list("pk", flat=True)[turn * SAVED // 12 : (turn + 1) * SAVED // 12 + 1])
        cells = [(line, month) for line in keys for month in range(1, 13)][:SAVED]
        quantity, price = Decimal(1000 + turn), Decimal("12.50000")
        rows = [(quantity, price, quantity * price, line, month) for line, month in cells]
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.executemany(UPDATE, rows)
        bare = time.perf_counter() - started
        body = [
            {"line": line, "month": month, "quantity": str(quantity), "price": str(price), "revenue": f"{quantity * price:.2f}"}
            for line, month in cells
        ]
        sent = json.dumps({"cells": body})
        started = time.perf_counter()
        answer = client.post(f"/api/v1/budgets/{budget.pk}/edit-cells/", sent, content_type="application/json")
        ours = time.perf_counter() - started
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code} {answer.content[:500]!r}")
        if turn:
            found.save.append(ours * 1000)
            found.bare.append(bare * 1000)
