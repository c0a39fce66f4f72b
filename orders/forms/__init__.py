"""Forms of prices, negotiations and their dossiers, a module a noun."""

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
from orders.forms.dossiers import ConcessionForm, DossierForm, NewDossierForm, RoundForm
from orders.forms.negotiations import EndForm, LostForm, NegotiationForm, StageForm, StepForm, WonForm

__all__ = [
    "AgreementForm",
    "ConcessionForm",
    "CurrencyField",
    "DossierForm",
    "EndForm",
    "IndexForm",
    "IndexValueForm",
    "LostForm",
    "NegotiationForm",
    "NewDossierForm",
    "PairsField",
    "PriceCheckForm",
    "ReviseForm",
    "RoundForm",
    "StageForm",
    "StepForm",
    "TerminateForm",
    "ValueForm",
    "WonForm",
]
