"""The background tasks of prices and of the ledger, doors only; twice without harm."""

import logging

from celery import shared_task
from django.conf import settings

from kam.core.mailbox import read_mailbox
from orders.actions import mailing, order_papers, order_totals, price_papers
from orders.actions.agreed import warn
from orders.actions.consents import escalate_late
from orders.actions.credit import check_ended_releases
from orders.actions.negotiations_decided import remind
from orders.actions.offered import expire_offers as expire
from orders.actions.opinions import note_silence
from orders.actions.order_deliveries import close_orders as close
from orders.actions.replies import LARGEST, file_reply
from orders.actions.wrong_prices import check_recent
from orders.reports.check import mismatches
from orders.reports.order_totals import order_mismatches

logger = logging.getLogger(__name__)


@shared_task(name="orders.tasks.check_totals")
def check_totals() -> int:
    """Prove that every total is the sum of its lines; each place where it is not is an error in the log."""
    found = mismatches()
    for mismatch in found:
        logger.error("A total of the sales ledger is not the sum of its lines: %s", mismatch)
    return len(found)


@shared_task(name="orders.tasks.fold_order_totals")
def fold_order_totals() -> bool:
    """Make one row of each cell of the totals of orders that has several."""
    return order_totals.fold_order_totals()


@shared_task(name="orders.tasks.check_order_totals")
def check_order_totals() -> int:
    """Prove that what is kept of orders is what they say; each place where it is not is an error in the log."""
    found = order_mismatches()
    for mismatch in found:
        logger.error("A total of orders is not what the orders say: %s", mismatch)
    return len(found)


@shared_task(name="orders.tasks.warn_of_agreements")
def warn_of_agreements() -> int:
    """Warn of the price agreements that end soon."""
    return warn()


@shared_task(name="orders.tasks.remind_of_negotiations")
def remind_of_negotiations() -> int:
    """Tell the owners of stale and overdue negotiations."""
    return remind()


@shared_task(name="orders.tasks.expire_offers")
def expire_offers() -> int:
    """Let offers expire whose last day has passed."""
    return expire()


@shared_task(name="orders.tasks.deliver_offer_mail")
def deliver_offer_mail(key: int) -> bool:
    """Mail an offer whose print is kept."""
    return mailing.deliver(key)


@shared_task(name="orders.tasks.sweep_offer_mails")
def sweep_offer_mails() -> int:
    """Mail the offers that should have gone out: the broker was away, the server refused, a worker died."""
    return sum(mailing.deliver(key) for key in mailing.due_mails())


@shared_task(name="orders.tasks.deliver_order_paper")
def deliver_order_paper(key: int) -> bool:
    """Mail a paper about an order whose print is kept."""
    return order_papers.OUTBOX.deliver(key)


@shared_task(name="orders.tasks.sweep_order_papers")
def sweep_order_papers() -> int:
    """Mail the papers about orders that should have gone out: the broker was away, the server refused, a worker died."""
    return order_papers.OUTBOX.sweep()


@shared_task(name="orders.tasks.deliver_price_paper")
def deliver_price_paper(key: int) -> bool:
    """Mail a price agreement or price list whose print is kept."""
    return price_papers.OUTBOX.deliver(key)


@shared_task(name="orders.tasks.sweep_price_papers")
def sweep_price_papers() -> int:
    """Mail the papers about prices that should have gone out: the broker was away, the server refused, a worker died."""
    return price_papers.OUTBOX.sweep()


@shared_task(name="orders.tasks.close_orders")
def close_orders() -> int:
    """Close the orders that are invoiced and kept open by nothing."""
    return close()


@shared_task(name="orders.tasks.fetch_replies")
def fetch_replies() -> int:
    """File the answers that wait in the mailbox for them."""
    return read_mailbox(settings.REPLY_MAILBOX, file_reply, largest=LARGEST)


@shared_task(name="orders.tasks.escalate_consents")
def escalate_consents() -> int:
    """Have the sales manager decide on local prices that no account manager answered in time."""
    return escalate_late()


@shared_task(name="orders.tasks.note_silent_opinions")
def note_silent_opinions() -> int:
    """Note where area managers let the time pass in which they could object to a price agreement."""
    return note_silence()


@shared_task(name="orders.tasks.check_prices")
def check_prices() -> int:
    """Have the invoices of the last weeks held against the agreed prices; answers with the key of the job."""
    return int(check_recent().pk)


@shared_task(name="orders.tasks.check_releases")
def check_releases() -> int:
    """Check the orders anew whose release beyond the credit limit has ended."""
    return check_ended_releases()
