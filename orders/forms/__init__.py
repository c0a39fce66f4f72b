"""Forms of prices, negotiations with their dossiers, offers and orders, a module a noun."""

from orders.forms.agreements import (
    AgreementForm,
    CurrencyField,
    IndexForm,
    IndexValueForm,
    PairsField,
    PriceCheckForm,
    ReviseForm,
    TerminateForm,
    ValueForm,
)
from orders.forms.campaigns import (
    AgreeForm,
    AnswerForm,
    AskForm,
    CampaignCustomerForm,
    CampaignForm,
    ClaimForm,
    ConsentForm,
    RefuseForm,
)
from orders.forms.checklists import ChecklistForm
from orders.forms.consents import DecideForm
from orders.forms.credit import ReleaseForm
from orders.forms.customer_orders import BlockForm, CallOffForm, CopyOrderForm, FromAgreementForm, FromOfferForm, OrderForm
from orders.forms.development import DevelopmentAnswerForm, DevelopmentRequestForm
from orders.forms.dossiers import (
    ConcessionForm,
    CorrectConcessionForm,
    CorrectRoundForm,
    DossierForm,
    NewDossierForm,
    RoundForm,
)
from orders.forms.negotiations import EndForm, LostForm, NegotiationForm, StageForm, StepForm, WonForm
from orders.forms.offers import AcceptForm, LoseForm, MailForm, NewOfferForm, OfferForm, PauseForm, ResumeForm, SendForm
from orders.forms.workbooks import ColumnsForm, HeaderForm, WorkbookForm

__all__ = [
    "AcceptForm",
    "AgreeForm",
    "AgreementForm",
    "AnswerForm",
    "AskForm",
    "BlockForm",
    "CallOffForm",
    "CampaignCustomerForm",
    "CampaignForm",
    "ChecklistForm",
    "ClaimForm",
    "ColumnsForm",
    "ConcessionForm",
    "ConsentForm",
    "CopyOrderForm",
    "CorrectConcessionForm",
    "CorrectRoundForm",
    "CurrencyField",
    "DecideForm",
    "DevelopmentAnswerForm",
    "DevelopmentRequestForm",
    "DossierForm",
    "EndForm",
    "FromAgreementForm",
    "FromOfferForm",
    "HeaderForm",
    "IndexForm",
    "IndexValueForm",
    "LoseForm",
    "LostForm",
    "MailForm",
    "NegotiationForm",
    "NewDossierForm",
    "NewOfferForm",
    "OfferForm",
    "OrderForm",
    "PairsField",
    "PauseForm",
    "PriceCheckForm",
    "RefuseForm",
    "ReleaseForm",
    "ResumeForm",
    "ReviseForm",
    "RoundForm",
    "SendForm",
    "StageForm",
    "StepForm",
    "TerminateForm",
    "ValueForm",
    "WonForm",
    "WorkbookForm",
]
