"""What the fuzz of the API knows beyond the shape of a body about plans, prices and negotiations: budgets, seasonality, revisions, agreements."""

from typing import Any

from django.utils import timezone

from accounts.models import Location, Plant, User
from budgets.models import (
    AccountCost,
    AccountExpense,
    Budget,
    BudgetLine,
    BudgetShare,
    IssuedPaper,
    QuantityPlan,
    RevisionProposal,
    SeasonalityProfile,
    TopDownTarget,
)
from orders.actions import pause_offer
from orders.models import Concession, IndexValue, Negotiation, NegotiationDossier, NegotiationRound, PriceFinding, PriceIndex
from tests import fuzz_documents, fuzz_mails, fuzz_repairs
from tests.factories.accounts import UserFactory
from tests.factories.campaigns import campaigned, silence
from tests.factories.catalog import ProductFactory
from tests.factories.consents import asked
from tests.factories.findings import price_letter, wrong_price
from tests.factories.negotiations import development_request, negotiation
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, for_finance, line, opined
from tests.fuzz_complaints import COMPLAINING, action_of, cause, complaining, cost_of, deadline, first_answer, settlement, turn
from tests.fuzz_subjects import Values, day, later, open_round, word
from tests.world_sales import a_workbook


class Subjects(fuzz_mails.Subjects):
    """Records of plans, made for one write each."""

    def seasonalityprofile(self, verb: str, person: User) -> Any:
        """The profile of a customer whom the account manager leads."""
        SeasonalityProfile.objects.filter(customer=self.built.acme_de).delete()
        return SeasonalityProfile.objects.create(customer=self.built.acme_de, month_01=100)

    def budgetround(self, verb: str, person: User) -> Any:
        """A round of a year of its own; what is shared out needs a budget."""
        made = super().budgetround(verb, person)
        if verb == "distribute_top_down":
            self.budget(verb, person, made)
        return made

    def budgetline(self, verb: str, person: User) -> Any:
        """A line; where a mark is taken off or answered, one that is marked; where a row is shared, with whom, or with a proposal."""
        made = super().budgetline(verb, person)
        if verb in {"withdraw_challenge", "answer"}:
            made.challenge, made.counter, made.challenge_reason = "marked" if verb != "answer" else "returned", 5, word()
            made.save()
        if verb == "propose":
            other = "account_manager" if person == self.built.area_manager_de else "area_manager_de"
            Budget.objects.filter(pk=made.budget_id).update(contributor=getattr(self.built, other))
        if verb in {"answer_row", "decide"}:
            made.proposal, made.proposed, made.proposal_reason = "proposed" if verb == "answer_row" else "open", 5, word()
            made.proposed_by, made.proposed_at = self.built.account_manager2, timezone.now()
            made.save()
        if verb == "decide":
            Budget.objects.filter(pk=made.budget_id).update(contributor=self.built.account_manager2)
        return made

    def budgetshare(self, verb: str, person: User) -> Any:
        """A budget of the person's that is shown to somebody."""
        return BudgetShare.objects.create(budget=self.budget(verb, person), user=UserFactory())

    def budget(self, verb: str, person: User, one: Any = None) -> Any:
        """A budget of the person's; a letter is about targets."""
        return self.target("GET", person).line.budget if verb == "print_letter" else super().budget(verb, person, one)

    def accountcost(self, verb: str, person: User) -> Any:
        """What a budget of the person's sets aside for travel."""
        return AccountCost.objects.create(budget=self.budget(verb, person), kind="travel", amount=5)

    def accountexpense(self, verb: str, person: User) -> Any:
        """A trip of the person's."""
        return AccountExpense.objects.create(
            source="FI", document=word(), date=day(-40), kind="travel", location=self.built.germany, person=person, amount=5,
            currency="EUR", base_amount=5,
        )  # fmt: skip

    def issuedpaper(self, verb: str, person: User) -> Any:
        """The book of a budget of the person's, as it was issued."""
        budget = self.budget(verb, person)
        return IssuedPaper.objects.create(
            kind="budget_book", title=word(), round=budget.round, budget=budget, issued_at=timezone.now(), issued_by=person
        )

    def complaint(self, verb: str, person: User) -> Any:
        """A complaint of the German plant."""
        return complaining(verb)

    def cause(self, verb: str, person: User) -> Any:
        """A cause that nothing hangs on."""
        return cause()

    def complaintaction(self, verb: str, person: User) -> Any:
        """An action about a complaint."""
        return action_of(verb)

    def complaintletter(self, verb: str, person: User) -> Any:
        """The first answer to a complaint, given out by hand."""
        return first_answer()

    def settlement(self, verb: str, person: User) -> Any:
        """A settlement as far along as a verb needs it."""
        return settlement(verb)

    def complaintcost(self, verb: str, person: User) -> Any:
        """A cost of a complaint."""
        return cost_of()

    def customerdeadline(self, verb: str, person: User) -> Any:
        """What the German company wants."""
        return deadline()

    def oncall(self, verb: str, person: User) -> Any:
        """A turn in Germany."""
        return turn()

    def quantityplan(self, verb: str, person: User) -> Any:
        """What a shared round asks the German location to make: ten pieces in January."""
        made = QuantityPlan.objects.create(round=open_round(status="shared"), location=self.built.germany)
        line = self.budget(verb, person, made.round).lines.get()
        line.cells.filter(month=1).update(quantity=10, price=1)
        return made

    def topdowntarget(self, verb: str, person: User) -> Any:
        """The target of new products in a round that is open."""
        return TopDownTarget.objects.create(round=open_round(), of="new_products", amount=5)

    def revisionproposal(self, verb: str, person: User) -> Any:
        """A proposal of the person's, or somebody's to decide on, about a published year of its own."""
        who = person if verb in {"GET", "withdraw"} else self.built.account_manager2
        return RevisionProposal.objects.create(first_month=published_year(), why="Lost", effect="Less", proposed_by=who)

    def priceagreement(self, verb: str, person: User) -> Any:
        """An agreement with the German company: a draft, handed in by somebody, or in force for a verb of what was agreed."""
        waiting = ("approve", "return", "opinion", "agree_terms", "refuse_terms")
        far = dict.fromkeys(waiting, "in_approval") | dict.fromkeys(("terminate", "revise"), "active")
        made = agreement(line(ProductFactory(), 10), customer=self.built.acme_de, status=far.get(verb, "draft"))
        if verb in {"agree_terms", "refuse_terms"}:
            return for_finance(made)
        return opined(made, self.built.germany, self.built.area_manager_de) if verb == "opinion" else made

    def negotiation(self, verb: str, person: User) -> Any:
        """A negotiation with the German company's plant: open, with a next step; decided where it is to be opened again."""
        known = {"plant": _plant(), "selling_location": self.built.germany, "owner": person, "value": 5, "decision_on": later()}
        if verb == "reopen":
            return negotiation(stage="won", **known)
        return negotiation(next_step=word(), next_step_on=later(), next_step_by=person, **known)

    def negotiationdossier(self, verb: str, person: User) -> Any:
        """The dossier of such a negotiation."""
        return NegotiationDossier.objects.create(negotiation=self.negotiation(verb, person))

    def negotiationround(self, verb: str, person: User) -> Any:
        """A round in such a dossier."""
        return NegotiationRound.objects.create(dossier=self.negotiationdossier(verb, person), number=1, held_on=day(-3))

    def concession(self, verb: str, person: User) -> Any:
        """Something that was got in such a negotiation."""
        dossier = self.negotiationdossier(verb, person)
        return Concession.objects.create(dossier=dossier, side="got", what=word(), kind="other", figure=5, annual_value=5)

    def offer(self, verb: str, person: User) -> Any:
        """An offer of the account manager's to the German company, as far along as the verb needs it."""
        far = {"approve": "in_approval", "return": "in_approval", "send": "approved", "withdraw": "approved"}
        far |= dict.fromkeys(("negotiate", "accept", "lose", "revise", "copy", "print", "mail"), "sent")
        built = self.built
        line = offer_line(priced_product(), 100, "22")
        people = {"by": built.account_manager, "approver": built.sales_manager}
        if verb in {"agree_terms", "refuse_terms"}:
            return offered(_plant(), built.germany, line, status="in_approval", currency="EUR", special_terms=True)
        made = offered(_plant(), built.germany, line, status=far.get(verb, "draft"), currency="EUR", **people)
        if verb == "resume":
            pause_offer(made, actor=None, reason=word())
        return made

    def pricefinding(self, verb: str, person: User) -> Any:
        """A sale to the German company's plant at a wrong price; settled where it is to be opened again."""
        made = wrong_price(_plant(), self.built.germany)
        if verb == "reopen":
            PriceFinding.objects.filter(pk=made.pk).update(status="corrected", decided_at=timezone.now())
        return made

    def priceletter(self, verb: str, person: User) -> Any:
        """A letter about such a wrong price."""
        return price_letter(self.pricefinding(verb, person))

    def offermail(self, verb: str, person: User) -> Any:
        """A mail with such an offer that waits."""
        return self.offer("mail", person).mails.create(recipients=["buyer@customer.example"], subject=word())

    def offerworkbook(self, verb: str, person: User) -> Any:
        """A customer's workbook for such an offer."""
        return a_workbook(self.offer("mail", person))

    def priceconsent(self, verb: str, person: User) -> Any:
        """What the German area manager asks about an offer: waiting, refused, or before who decides."""
        built = self.built
        refused = built.account_manager if verb in {"escalate", "take_back", "decide"} else None
        return asked(_plant(), built.germany, built.area_manager_de, refused_by=refused, escalated=verb == "decide")

    def pricecampaign(self, verb: str, person: User) -> Any:
        """A campaign of the account manager's for one price of the German company's plant, handed in where somebody is to decide."""
        status = "in_approval" if verb in {"approve", "return", "withdraw", "consent"} else "draft"
        built = self.built
        holder = {"plant": _plant(), "location": built.germany}
        where = {"of_customer": built.acme_de, "of_location": built.germany}
        made = campaigned(built.germany, by=built.account_manager, status=status, to=holder, **where)
        silence(made)
        return made

    def campaigncustomer(self, verb: str, person: User) -> Any:
        """Its customer, in a campaign as far along as the verb needs it."""
        far = dict.fromkeys(("answer", "agree", "refuse"), "asked") | {"ask": "approved", "consent": "in_approval"}
        built, holder = self.built, {"plant": _plant(), "location": self.built.germany}
        status = far.get(verb, "draft")
        people = {"by": built.account_manager, "approver": built.sales_manager}
        made = campaigned(built.germany, status=status, to=holder, of_customer=built.acme_de, of_location=built.germany, **people)
        return made.customers.get(plant=_plant())

    def developmentrequest(self, verb: str, person: User) -> Any:
        """What R&D of the Italian location is asked about such a negotiation."""
        return development_request(self.negotiation("GET", person), self.built.italy)

    def priceindex(self, verb: str, person: User) -> Any:
        """An index of its own."""
        return _index()

    def indexvalue(self, verb: str, person: User) -> Any:
        """What such an index stood at."""
        return IndexValue.objects.create(index=self.priceindex(verb, person), day=day(-40), value=5)


def published_year() -> Any:
    """The first month of a year whose plan is published."""
    return open_round(status="published", published_at=timezone.now(), approved_at=timezone.now()).first_month


def _plant() -> Plant:
    return Plant.objects.filter(code__gt="", customer__code="C-ACME-DE").order_by("pk")[0]


def _twelve_weights(_key: int | None) -> Values:
    """January takes all."""
    return {"weights": ["100"] + ["0"] * 11, "years": None}


def _forgotten_plant(key: int | None) -> Values:
    """A plant of the account manager's that bought and that the budget does not plan."""
    budget = Budget.objects.get(pk=key)
    BudgetLine.objects.filter(budget=budget).delete()
    plant, product = _plant(), ProductFactory()
    SalesLineFactory(plant=plant, selling_location=budget.location, date=day(-40), net=1_000_000, product=product)
    return {"plants": [plant.pk], "why": word()}


def _pasted(_key: int | None) -> Values:
    """A row with a plant of the budget and a product that is not in it."""
    return {"text": f"{_plant().code}\t{ProductFactory().code}\t10\t5"}


def _share_of_a_budget(_key: int | None) -> Values:
    """A budget of the account manager's, for somebody."""
    leader = User.objects.get(email="account.manager@kam.example")
    budget = Budget.objects.create(round=open_round(), contributor=leader, location=Location.objects.get(code="DE"))
    return {"budget": budget.pk, "user": UserFactory().pk, "role": "", "location": None, "until": later().isoformat()}


def _cost_of_a_budget(_key: int | None) -> Values:
    """A cost of a budget of the account manager's."""
    return {"budget": _share_of_a_budget(None)["budget"], "month": None, "customer": None}


def _yes(key: int | None) -> Values:
    """Yes to the product that the plan asks for."""
    plan = QuantityPlan.objects.get(pk=key)
    line = BudgetLine.objects.filter(budget__round=plan.round, producing_location=plan.location).order_by("pk")[0]
    return {"answers": [{"product": line.product_id, "answer": "yes"}]}


def _index() -> PriceIndex:
    """An index without values."""
    return PriceIndex.objects.create(code=word(), name_en=word(), currency="EUR", source="LME")


def _agreement(_key: int | None) -> Values:
    """The price of one product for the German company."""
    nobody = dict.fromkeys(("group", "plant", "programme", "location", "last_day", "notice_days"))
    lines = [{"product": ProductFactory().pk, "price": "10.00"}]
    return nobody | {
        "clauses": [],
        "customer": _plant().customer_id,
        "currency": "EUR",
        "first_day": later().isoformat(),
        "lines": lines,
    }


def _negotiation(key: int | None) -> Values:
    """Ten pieces a year for the German company; of a negotiation that there is, for whom it is led."""
    leader = User.objects.get(email="account.manager@kam.example")
    place: Values = {"group": None, "plant": None, "customer": _plant().customer_id}
    place |= {"selling_location": Location.objects.get(code="DE").pk, "owner": leader.pk}
    if key is not None:
        present = Negotiation.objects.get(pk=key)
        place = {name: getattr(present, f"{name}_id") for name in place}
    nothing = dict.fromkeys(("probability", "next_step_on", "next_step_by", "end_of_production"))
    lines = [{"product": ProductFactory().pk, "volumes": [{"year": 2030, "quantity": "10.000"}], "price": "5.00000"}]
    words = {"currency": "EUR", "next_step": "", "probability_reason": ""}
    return nothing | place | words | {"team": [], "lines": lines}


def _dossier(key: int | None) -> Values:
    """Prices in their order, for a negotiation that has no dossier yet."""
    prices = {"opening_price": "12.00000", "target_price": "11.00000", "walk_away_price": "10.00000"}
    if key is not None:
        return prices | {"negotiation": NegotiationDossier.objects.get(pk=key).negotiation_id}
    leader = User.objects.get(email="account.manager@kam.example")
    germany = Location.objects.get(code="DE")
    return prices | {"negotiation": negotiation(plant=_plant(), selling_location=germany, owner=leader).pk}


def _offer(_key: int | None) -> Values:
    """Ten pieces of one product for the German plant, from Germany."""
    line = {"product": ProductFactory().pk, "quantity": "10.000", "price": "12.00", "price_unit": 1, "kind": "item"}
    more = {"contact": None, "currency": "EUR", "language": "de", "valid_until": later().isoformat()}
    return more | {
        "plant": _plant().pk, "selling_location": Location.objects.get(code="DE").pk, "subject": word(), "enquiry_complete_on": None, "wanted_on": None,
        "payment_term": None, "lines": [line],
    }  # fmt: skip


def _workbook(_key: int | None) -> Values:
    """An offer of the account manager's that was sent to the German plant."""
    leader = User.objects.get(email="account.manager@kam.example")
    return {"offer": offered(_plant(), Location.objects.get(code="DE"), status="sent", currency="EUR", by=leader).pk}


def _columns(_key: int | None) -> Values:
    """Our number finds the line, and the price is filled."""
    return {"sheet": "Quote", "header_row": 4, "columns": {"B": "by_product", "E": "each"}}


def _campaign(_key: int | None) -> Values:
    """Five per cent for the German company, from a day on that is far away."""
    agreement(line(ProductFactory(), 10), plant=_plant(), location=Location.objects.get(code="DE"))
    nothing = dict.fromkeys(("index", "index_from", "index_to", "share", "of_group", "of_sector", "of_family", "of_location"))
    return nothing | {
        "title": word(), "why": word(), "location": Location.objects.get(code="DE").pk, "basis": "percentage", "percentage": "5.00",
        "effective_on": later().isoformat(), "of_customer": _plant().customer_id, "open_orders": "old", "notice_days": 30,
    }  # fmt: skip


HINTS = fuzz_documents.HINTS | {
    **COMPLAINING,
    **fuzz_repairs.REPAIRING,
    **fuzz_mails.MAILING,
    ("offerworkbook", "POST"): _workbook,
    ("offerworkbook", "look"): _columns,
    ("offerworkbook", "fill"): _columns,
    ("offer", "POST"): _offer,
    ("offer", "PUT"): _offer,
    ("offer", "PATCH"): _offer,
    ("offer", "pause"): lambda _key: {"reason": word(), "begins": None},
    ("offer", "resume"): lambda _key: {"ends": None},
    ("offer", "revise"): lambda _key: {"valid_until": None},
    ("offer", "copy"): lambda _key: {"valid_until": None, "plant": None},
    ("offer", "lose"): lambda _key: {"lost_reason": "price", "competitor_price": None},
    ("offer", "send"): lambda _key: {"sent_to": "buyer@customer.example"},
    ("offer", "mail"): lambda _key: {"sent_to": "buyer@customer.example"},
    ("pricecampaign", "POST"): _campaign,
    ("pricecampaign", "PUT"): _campaign,
    ("pricecampaign", "PATCH"): lambda _key: {"title": word(), "basis": "percentage", "percentage": "4.00"},
    ("campaigncustomer", "PUT"): lambda _key: {"asked": "4.00"},
    ("campaigncustomer", "PATCH"): lambda _key: {"asked": "4.50"},
    ("campaigncustomer", "ask"): lambda _key: {"sent_to": "buyer@customer.example", "effective_on": None},
    ("campaigncustomer", "answer"): lambda _key: {"answered": "1.00", "answer": word(), "answered_on": None},
    ("campaigncustomer", "agree"): lambda _key: {"agreed": "2.00", "effective_on": None, "decided_on": None, "reference": word()},
    ("campaigncustomer", "refuse"): lambda _key: {"refusal": word(), "decided_on": None},
    ("priceagreement", "opinion"): lambda _key: {"consents": True, "note": ""},
    ("pricecampaign", "consent"): lambda _key: {"consents": True, "note": ""},
    ("campaigncustomer", "consent"): lambda _key: {"consents": True, "note": ""},
    ("priceindex", "POST"): lambda _key: {"code": word(), "name_en": word(), "currency": "EUR", "source": "LME"},
    ("priceindex", "PUT"): lambda _key: {"code": word(), "name_en": word(), "currency": "EUR", "source": "LME"},
    ("indexvalue", "POST"): lambda _key: {"index": _index().pk, "day": later().isoformat(), "value": "5.000000"},
    ("priceagreement", "POST"): _agreement,
    ("priceagreement", "PUT"): _agreement,
    ("priceagreement", "PATCH"): lambda _key: {"last_day": None, "lines": [{"product": ProductFactory().pk, "price": "9.00"}]},
    ("priceagreement", "revise"): lambda _key: {"first_day": later().isoformat(), "last_day": None, "change": "3.00"},
    ("priceagreement", "terminate"): lambda _key: {"last_day": None, "reason": word()},
    ("priceagreement", "price_list"): lambda _key: {"customer": _plant().customer_id, "day": None},
    ("priceagreement", "price"): lambda _key: {
        "questions": [{"plant": _plant().pk, "product": ProductFactory().pk, "quantity": "10.000"}]
    },
    ("negotiation", "POST"): _negotiation,
    ("negotiation", "PUT"): _negotiation,
    ("negotiation", "PATCH"): _negotiation,
    ("developmentrequest", "POST"): lambda _key: (
        dict.fromkeys(("plant", "negotiation", "activity"))
        | {"customer": _plant().customer_id, "currency": "EUR", "answer_by": later().isoformat()}
    ),
    ("developmentrequest", "answer"): lambda _key: {
        "answer": "conditions",
        "answer_text": word(),
        "ready_on": later().isoformat(),
    },
    **{("pricefinding", verb): lambda _key: {"reason": word()} for verb in ("explain", "settle", "reopen")},
    ("pricefinding", "claim"): lambda _key: {"sent_to": "buyer@customer.example"},
    ("developmentrequest", "withdraw"): lambda _key: {"reason": word()},
    ("negotiationdossier", "POST"): _dossier,
    ("negotiationdossier", "PUT"): _dossier,
    ("negotiationdossier", "PATCH"): _dossier,
    ("negotiationdossier", "add_round"): lambda _key: {"held_on": None, "our_price": "11.00000", "their_price": "9.00000"},
    ("negotiationdossier", "add_concession"): lambda _key: {
        "side": "got",
        "kind": "payment",
        "figure": "30.00",
        "years": None,
        "in_return_for": None,
        "price_after": None,
    },
    ("negotiationround", "correct"): lambda _key: {"held_on": day(-4).isoformat(), "our_price": "11.00000", "reason": word()},
    ("negotiationround", "strike"): lambda _key: {"reason": word()},
    ("concession", "correct"): lambda _key: {
        "side": "got",
        "kind": "payment",
        "figure": "30.00",
        "years": None,
        "in_return_for": None,
        "price_after": None,
        "reason": word(),
    },
    ("concession", "strike"): lambda _key: {"reason": word()},
    ("negotiation", "move"): lambda _key: {"stage": "qualified", "evidence": word()},
    ("negotiation", "step"): lambda _key: {"result": word(), "next_step": "", "next_step_on": None, "next_step_by": None},
    ("negotiation", "win"): lambda _key: {"evidence": word(), "decided_on": None},
    ("negotiation", "lose"): lambda _key: {"loss_reason": "price", "lost_to": word(), "lost_price": "9.90", "decided_on": None},
    ("negotiation", "leave"): lambda _key: {"reason": word(), "decided_on": None},
    ("negotiation", "withdraw"): lambda _key: {"reason": word(), "decided_on": None},
    ("negotiation", "reopen"): lambda _key: {"reason": word()},
    ("quantityplan", "answer"): _yes,
    ("budget", "explain_zeros"): _forgotten_plant,
    ("accountcost", "POST"): _cost_of_a_budget,
    ("budgetshare", "POST"): _share_of_a_budget,
    ("budgetline", "answer"): lambda _key: {"answer": "kept", "comment": word()},
    ("budgetline", "propose"): lambda _key: {"proposed": "60.00", "why": word()},
    ("budgetline", "answer_row"): lambda _key: {"answer": "open", "comment": word()},
    ("budgetline", "decide"): lambda _key: {"figure": "proposed", "why": word()},
    ("budget", "paste"): _pasted,
    ("budget", "accept_rest"): lambda _key: {"lines": None},
    ("budget", "look_again"): lambda key: {"lines": [Budget.objects.get(pk=key).lines.get().pk]},
    ("seasonalityprofile", "POST"): lambda key: _twelve_weights(key) | {"family": ProductFactory().family_id, "customer": None},
    ("seasonalityprofile", "PATCH"): _twelve_weights,
    ("seasonalityprofile", "PUT"): _twelve_weights,
    ("topdowntarget", "POST"): lambda _key: {"round": open_round().pk, "of": "new_customers", "family": None, "market": None},
    ("revisionproposal", "POST"): lambda _key: {"first_month": published_year().isoformat()},
    ("revisionproposal", "accept"): lambda _key: {"deadline": later().isoformat()},
}
