"""Addresses of prices, negotiations and of the sales ledger; web pages only."""

from django.urls import path

from orders.views import (
    agreements,
    consents,
    customers,
    development,
    dossiers,
    indices,
    lines,
    negotiations,
    offers,
    panels,
    pipeline,
    pricing,
    reconciliation,
    screen,
    workbooks,
)

#: Where the records stand whose pages have a part with their sales and one with their prices.
RECORDS = {"customer": "customers", "plant": "plants", "product": "products", "group": "customer-groups"}

app_name = "orders"
urlpatterns = [
    path("sales/", screen.SalesScreen.as_view(), name="sales"),
    path("sales/customers/", customers.CustomersPage.as_view(), name="customers"),
    path("sales/white-space/", customers.WhiteSpacePage.as_view(), name="white_space"),
    path("sales/reconciliation/", reconciliation.ReconciliationPage.as_view(), name="reconciliation"),
    path("sales/lines/", lines.SalesLineList.as_view(), name="line_list"),
    path("sales/documents/<int:pk>/", lines.SalesDocumentPage.as_view(), name="document_detail"),
    path("prices/check/", pricing.PriceCheck.as_view(), name="price_check"),
    path("negotiations/", negotiations.NegotiationList.as_view(), name="negotiation_list"),
    path("negotiations/board/", pipeline.NegotiationBoard.as_view(), name="negotiation_board"),
    path("negotiations/pipeline/", pipeline.NegotiationPipeline.as_view(), name="negotiation_pipeline"),
    path("negotiations/home/", negotiations.HomeNegotiations.as_view(), name="home_negotiations"),
    path("negotiations/new/", negotiations.NegotiationCreate.as_view(), name="negotiation_create"),
    path("negotiations/<int:pk>/", negotiations.NegotiationPage.as_view(), name="negotiation_detail"),
    path("negotiations/<int:pk>/edit/", negotiations.NegotiationEdit.as_view(), name="negotiation_edit"),
    path("negotiations/<int:pk>/move/", negotiations.NegotiationMove.as_view(), name="negotiation_move"),
    path("negotiations/<int:pk>/step/", negotiations.NegotiationStep.as_view(), name="negotiation_step"),
    path("negotiations/<int:pk>/win/", negotiations.NegotiationWin.as_view(), name="negotiation_win"),
    path("negotiations/<int:pk>/lose/", negotiations.NegotiationLose.as_view(), name="negotiation_lose"),
    path("negotiations/<int:pk>/no-decision/", negotiations.NegotiationLeave.as_view(), name="negotiation_leave"),
    path("negotiations/<int:pk>/withdraw/", negotiations.NegotiationWithdraw.as_view(), name="negotiation_withdraw"),
    path("negotiations/<int:pk>/reopen/", negotiations.NegotiationReopen.as_view(), name="negotiation_reopen"),
    *(
        path(f"{records}/<int:pk>/negotiations/", negotiations.RecordNegotiations.as_view(part=part), name=f"{part}_negotiations")
        for part, records in RECORDS.items()
        if part != "product"
    ),
    path("negotiation-dossiers/new/", dossiers.DossierCreate.as_view(), name="dossier_create"),
    path("negotiation-dossiers/<int:pk>/", dossiers.DossierPage.as_view(), name="dossier_detail"),
    path("negotiation-dossiers/<int:pk>/edit/", dossiers.DossierEdit.as_view(), name="dossier_edit"),
    path("negotiation-dossiers/<int:pk>/round/", dossiers.DossierRound.as_view(), name="dossier_round"),
    path("negotiation-dossiers/<int:pk>/concession/", dossiers.DossierConcession.as_view(), name="dossier_concession"),
    path("negotiation-dossiers/<int:pk>/print/", dossiers.DossierPrint.as_view(), name="dossier_print"),
    path("negotiation-rounds/<int:pk>/correct/", dossiers.RoundCorrect.as_view(), name="round_correct"),
    path("negotiation-rounds/<int:pk>/strike/", dossiers.RoundStrike.as_view(), name="round_strike"),
    path("negotiation-concessions/<int:pk>/correct/", dossiers.ConcessionCorrect.as_view(), name="concession_correct"),
    path("negotiation-concessions/<int:pk>/strike/", dossiers.ConcessionStrike.as_view(), name="concession_strike"),
    path("development-requests/", development.DevelopmentList.as_view(), name="development_list"),
    path("activities/<int:pk>/development-requests/", development.ActivityRequests.as_view(), name="activity_development"),
    path("development-requests/new/", development.DevelopmentCreate.as_view(), name="development_create"),
    path("development-requests/<int:pk>/", development.DevelopmentPage.as_view(), name="development_detail"),
    path("development-requests/<int:pk>/answer/", development.DevelopmentAnswer.as_view(), name="development_answer"),
    path("development-requests/<int:pk>/withdraw/", development.DevelopmentWithdraw.as_view(), name="development_withdraw"),
    path("price-indices/", indices.IndexList.as_view(), name="index_list"),
    path("price-indices/new/", indices.IndexCreate.as_view(), name="index_create"),
    path("price-indices/<int:pk>/", indices.IndexPage.as_view(), name="index_detail"),
    path("price-indices/<int:pk>/edit/", indices.IndexEdit.as_view(), name="index_edit"),
    path("price-indices/values/new/", indices.ValueCreate.as_view(), name="index_value_create"),
    path("price-indices/values/<int:pk>/correct/", indices.ValueCorrect.as_view(), name="index_value_correct"),
    path("price-agreements/", agreements.AgreementList.as_view(), name="agreement_list"),
    path("price-agreements/new/", agreements.AgreementCreate.as_view(), name="agreement_create"),
    path("price-agreements/<int:pk>/", agreements.AgreementPage.as_view(), name="agreement_detail"),
    path("price-agreements/<int:pk>/edit/", agreements.AgreementEdit.as_view(), name="agreement_edit"),
    path("price-agreements/<int:pk>/submit/", agreements.AgreementSubmit.as_view(), name="agreement_submit"),
    path("price-agreements/<int:pk>/approve/", agreements.AgreementApprove.as_view(), name="agreement_approve"),
    path("price-agreements/<int:pk>/return/", agreements.AgreementReturn.as_view(), name="agreement_return"),
    path("price-agreements/<int:pk>/terminate/", agreements.AgreementTerminate.as_view(), name="agreement_terminate"),
    path("price-agreements/<int:pk>/discard/", agreements.AgreementDiscard.as_view(), name="agreement_discard"),
    path("price-agreements/<int:pk>/revise/", agreements.AgreementRevise.as_view(), name="agreement_revise"),
    *(
        path(f"{records}/<int:pk>/prices/agreed/", agreements.RecordAgreements.as_view(part=part), name=f"{part}_agreements")
        for part, records in RECORDS.items()
    ),
    path("price-consents/", consents.ConsentList.as_view(), name="consent_list"),
    path("price-consents/<int:pk>/", consents.ConsentPage.as_view(), name="consent_detail"),
    path("price-consents/<int:pk>/give/", consents.ConsentGive.as_view(), name="consent_give"),
    path("price-consents/<int:pk>/refuse/", consents.ConsentRefuse.as_view(), name="consent_refuse"),
    path("price-consents/<int:pk>/escalate/", consents.ConsentEscalate.as_view(), name="consent_escalate"),
    path("price-consents/<int:pk>/decide/", consents.ConsentDecide.as_view(), name="consent_decide"),
    path("price-consents/<int:pk>/take-back/", consents.ConsentTakeBack.as_view(), name="consent_take_back"),
    path("offers/", offers.OfferList.as_view(), name="offer_list"),
    path("offers/new/", offers.OfferCreate.as_view(), name="offer_create"),
    path("offers/<int:pk>/", offers.OfferPage.as_view(), name="offer_detail"),
    path("offers/<int:pk>/edit/", offers.OfferEdit.as_view(), name="offer_edit"),
    path("offers/<int:pk>/compare/", offers.OfferCompare.as_view(), name="offer_compare"),
    path("offers/<int:pk>/submit/", offers.OfferSubmit.as_view(), name="offer_submit"),
    path("offers/<int:pk>/approve/", offers.OfferApprove.as_view(), name="offer_approve"),
    path("offers/<int:pk>/return/", offers.OfferReturn.as_view(), name="offer_return"),
    path("offers/<int:pk>/send/", offers.OfferSend.as_view(), name="offer_send"),
    path("offers/<int:pk>/negotiate/", offers.OfferNegotiate.as_view(), name="offer_negotiate"),
    path("offers/<int:pk>/accept/", offers.OfferAccept.as_view(), name="offer_accept"),
    path("offers/<int:pk>/lose/", offers.OfferLose.as_view(), name="offer_lose"),
    path("offers/<int:pk>/withdraw/", offers.OfferWithdraw.as_view(), name="offer_withdraw"),
    path("offers/<int:pk>/discard/", offers.OfferDiscard.as_view(), name="offer_discard"),
    path("offers/<int:pk>/revise/", offers.OfferRevise.as_view(), name="offer_revise"),
    path("offers/<int:pk>/copy/", offers.OfferCopy.as_view(), name="offer_copy"),
    path("offers/<int:pk>/print/", offers.OfferPrint.as_view(), name="offer_print"),
    path("offers/<int:pk>/mail/", offers.OfferMail.as_view(), name="offer_mail"),
    path("offers/<int:pk>/workbook/", workbooks.WorkbookTake.as_view(), name="offer_workbook"),
    path("offer-workbooks/<int:pk>/", workbooks.WorkbookPage.as_view(), name="workbook_detail"),
    path("offers/<int:pk>/send-mail/", offers.OfferSendMail.as_view(), name="offer_send_mail"),
    *(
        path(f"{records}/<int:pk>/offers/", offers.RecordOffers.as_view(part=part), name=f"{part}_offers")
        for part, records in (("customer", "customers"), ("plant", "plants"), ("negotiation", "negotiations"))
    ),
    path("sales/home/", panels.HomeSales.as_view(), name="home_sales"),
    *(
        path(f"{records}/<int:pk>/sales/", panels.RecordSales.as_view(part=part), name=f"{part}_sales")
        for part, records in RECORDS.items()
    ),
]
