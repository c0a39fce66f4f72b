"""Complaints by e-mail: what a known customer sends is taken in with alert, the mail as evidence; answers go to the complaint that they are about."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext

from accounts.actions.received_mails import MailTaker, writes_for
from accounts.letters import Letter
from accounts.models import Department, Plant, ReceivedMail, Role
from accounts.models.assignments import account_manager_of, area_manager_of
from complaints.actions.receiving import COMPLETE, next_morning, receive_complaint
from complaints.models import Complaint, ComplaintLetter
from kam.core import clock
from kam.core.work import assign_work

NUMBER = re.compile(r"\bRC-[A-Z0-9]{1,10}-\d{4}-\d{5,}\b")
PHOTOS = dict.fromkeys(("jpg", "jpeg", "png", "webp", "heic", "gif"), "photo")


def _answered(letter: Letter) -> Complaint | None:
    """The complaint that a mail is about: an answer to a mail of ours, or our number in its subject, if the customer writes."""
    if not letter.sender:
        return None
    ours = ComplaintLetter.objects.filter(message_id__in=letter.references[:50]).select_related("complaint__plant__customer")
    for one in ours.order_by("-pk") if letter.references else ():
        complaint = one.complaint
        if letter.sender in map(str.lower, one.recipients) or writes_for(complaint.plant.customer, letter.sender):
            return complaint
    numbers = NUMBER.findall(letter.subject.upper())[:10]
    for complaint in Complaint.objects.filter(number__in=numbers).select_related("plant__customer") if numbers else ():
        if writes_for(complaint.plant.customer, letter.sender):
            return complaint
    return None


def _numbered(number: str, reader: Any) -> Complaint | None:
    rows = Complaint.objects.permitted(reader, "complaints.edit_complaint") if reader is not None else Complaint.objects.all()
    return rows.filter(number__iexact=number).first()


def _take(mail: ReceivedMail, plant: Plant, actor: Any) -> Complaint:
    """A complaint in the words of the mail; who completes it is quality where it is sold, unless somebody assigned it."""
    words = "\n\n".join(part for part in (mail.subject, mail.text) if part) or gettext("E-mail without words")
    complaint: Complaint = receive_complaint(
        Complaint,
        actor=actor,
        plant=plant,
        contact=mail.contact,
        text=words[:4000],
        channel=Complaint.Channel.MAIL,
        received_at=mail.received_at,
        notified_on=mail.received_at.date(),
    )
    if actor is None:
        places = (complaint.selling_location_id, complaint.producing_location_id)
        quality = Department.objects.filter(location__in=places, function=Role.QUALITY).order_by("pk").first()
        to = quality.audience if quality is not None else f"role:{Role.QUALITY}"
        payload = {"customer": plant.customer.name}
        assign_work(complaint, COMPLETE, to=to, actor=None, due=next_morning(complaint), payload=payload, tell=False)
    return complaint


def _told(complaint: Complaint) -> Iterable[Any]:
    today = clock.today()
    served = area_manager_of(complaint.plant, complaint.selling_location, today)
    return {
        one.pk: one for one in (account_manager_of(complaint.plant.customer, today), served, complaint.leader) if one is not None
    }.values()


COMPLAINT_MAILS = MailTaker(use="complaints", answered=_answered, numbered=_numbered, take=_take, told=_told, types=PHOTOS)
