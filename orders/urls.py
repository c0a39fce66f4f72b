"""Addresses of the sales ledger; web pages only."""

from django.urls import path

from orders.views import customers, lines, panels, reconciliation, screen

#: Where the records stand whose pages have a part with their sales.
RECORDS = {"customer": "customers", "plant": "plants", "product": "products", "group": "customer-groups"}

app_name = "orders"
urlpatterns = [
    path("sales/", screen.SalesScreen.as_view(), name="sales"),
    path("sales/customers/", customers.CustomersPage.as_view(), name="customers"),
    path("sales/white-space/", customers.WhiteSpacePage.as_view(), name="white_space"),
    path("sales/reconciliation/", reconciliation.ReconciliationPage.as_view(), name="reconciliation"),
    path("sales/lines/", lines.SalesLineList.as_view(), name="line_list"),
    path("sales/documents/<int:pk>/", lines.SalesDocumentPage.as_view(), name="document_detail"),
    path("sales/home/", panels.HomeSales.as_view(), name="home_sales"),
    *(
        path(f"{records}/<int:pk>/sales/", panels.RecordSales.as_view(part=part), name=f"{part}_sales")
        for part, records in RECORDS.items()
    ),
]
