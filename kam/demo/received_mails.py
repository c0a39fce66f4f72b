"""The demonstration's mails from customers: an order and a complaint of known contacts, an answer, and strangers that wait to be assigned."""

from email.message import EmailMessage

from accounts.actions.received_mails import take_mail
from accounts.models import Contact
from kam.demo import stage

MAILBOXES = {
    "orders": "orders@kam.example · mail.kam.example/INBOX",
    "complaints": "reclami@kam.example · mail.kam.example/INBOX",
}
STRANGERS = (
    ("orders", "Anna Novak", "anna.novak@pohony.example", "Objednávka 7715 / order 7715", "Please deliver 40 gear units as quoted by phone."),
    ("complaints", "Magazzino", "magazzino@trasporti.example", "Merce danneggiata", "Alla consegna di ieri due colli erano aperti."),
    ("orders", "Fiera", "newsletter@fiera.example", "La fiera dell'automazione", "Le novità dell'edizione 2027."),
)  # fmt: skip


def make() -> None:
    """Take in what came into the mailboxes in the last days."""
    known = Contact.objects.filter(is_active=True, plant__status="open", customer__status="active").exclude(email="")
    writers = list(known.select_related("plant").order_by("pk")[:2])
    for number, (use, contact) in enumerate(zip(("orders", "complaints"), writers, strict=False)):
        subject = "Ordine 4500881" if use == "orders" else "Segnalazione sul lotto L23"
        text = (
            "Buongiorno,\n\nin allegato il nostro ordine.\n\nCordiali saluti" if use == "orders" else "Tre pezzi sono graffiati."
        )
        with stage.at(-2, hour=9 + number):
            take_mail(_letter(use, str(contact), contact.email, subject, text), use=use, mailbox=MAILBOXES[use])
        with stage.at(-1, hour=9 + number):
            again = _letter(
                f"{use}-2",
                str(contact),
                contact.email,
                f"Re: {subject}",
                "Manca ancora la vostra risposta.",
                f"<{use}@customer.example>",
            )
            take_mail(again, use=use, mailbox=MAILBOXES[use])
    for number, (use, name, address, subject, text) in enumerate(STRANGERS):
        with stage.at(-1, hour=12 + number):
            take_mail(_letter(f"stranger-{number}", name, address, subject, text), use=use, mailbox=MAILBOXES[use])


def _letter(key: str, name: str, address: str, subject: str, text: str, answers: str = "") -> bytes:
    """A mail as a customer's program makes it."""
    made = EmailMessage()
    made["From"] = f"{name} <{address}>"
    made["Subject"] = subject
    made["Message-ID"] = f"<{key}@customer.example>"
    if answers:
        made["In-Reply-To"] = answers
    made.set_content(text)
    return made.as_bytes()
