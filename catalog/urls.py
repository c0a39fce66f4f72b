"""Addresses of the catalogue; web pages only."""

from django.urls import path

from catalog.views import commercial, products, publishing, resources, revisions

PARTS = ("revisions", "costs", "prices", "items", "bills")

app_name = "catalog"
urlpatterns = [
    path("products/", products.ProductList.as_view(), name="product_list"),
    path("products/new/", products.ProductCreate.as_view(), name="product_create"),
    path("products/choices/", products.product_choices, name="product_choices"),
    path("products/<int:pk>/", products.ProductPage.as_view(), name="product_detail"),
    path("products/<int:pk>/edit/", products.ProductEdit.as_view(), name="product_edit"),
    path("products/<int:pk>/launch/", products.ProductLaunch.as_view(), name="product_launch"),
    path("products/<int:pk>/phase-out/", products.ProductPhaseOut.as_view(), name="product_phase_out"),
    path("products/<int:pk>/discontinue/", products.ProductDiscontinue.as_view(), name="product_discontinue"),
    path("products/<int:pk>/reactivate/", products.ProductReactivate.as_view(), name="product_reactivate"),
    *(path(f"products/<int:pk>/{part}/", products.ProductPart.as_view(part=part), name=f"product_{part}") for part in PARTS),
    path("product-families/", products.FamilyTree.as_view(), name="family_list"),
    path("product-families/new/", products.FamilyCreate.as_view(), name="family_create"),
    path("product-families/<int:pk>/", products.FamilyPage.as_view(), name="family_detail"),
    path("product-families/<int:pk>/edit/", products.FamilyEdit.as_view(), name="family_edit"),
    path("product-revisions/", revisions.RevisionList.as_view(), name="product_revision_list"),
    path("product-revisions/new/", revisions.RevisionCreate.as_view(), name="product_revision_create"),
    path("product-revisions/choices/", revisions.revision_choices, name="product_revision_choices"),
    path("product-revisions/<int:pk>/", revisions.RevisionPage.as_view(), name="product_revision_detail"),
    path("product-revisions/<int:pk>/edit/", revisions.RevisionEdit.as_view(), name="product_revision_edit"),
    path("product-revisions/<int:pk>/release/", revisions.RevisionRelease.as_view(), name="product_revision_release"),
    path("product-revisions/<int:pk>/discard/", revisions.RevisionDiscard.as_view(), name="product_revision_discard"),
    path("standard-costs/", commercial.StandardCostList.as_view(), name="standard_cost_list"),
    path("standard-costs/publish/", publishing.CostPublish.as_view(), name="standard_cost_publish"),
    path("list-prices/", commercial.ListPriceList.as_view(), name="list_price_list"),
    path("list-prices/new/", commercial.ListPriceCreate.as_view(), name="list_price_create"),
    path("list-prices/<int:pk>/withdraw/", commercial.ListPriceWithdraw.as_view(), name="list_price_withdraw"),
    path("customer-items/", commercial.CustomerItemList.as_view(), name="customer_item_list"),
    path("customer-items/new/", commercial.CustomerItemCreate.as_view(), name="customer_item_create"),
    path("customer-items/<int:pk>/", commercial.CustomerItemPage.as_view(), name="customer_item_detail"),
    path("customer-items/<int:pk>/edit/", commercial.CustomerItemEdit.as_view(), name="customer_item_edit"),
    path("customers/<int:pk>/items/", commercial.CustomerItemsPanel.as_view(), name="customer_items"),
    path("programmes/", commercial.ProgrammeList.as_view(), name="programme_list"),
    path("programmes/new/", commercial.ProgrammeCreate.as_view(), name="programme_create"),
    path("programmes/<int:pk>/", commercial.ProgrammePage.as_view(), name="programme_detail"),
    path("programmes/<int:pk>/edit/", commercial.ProgrammeEdit.as_view(), name="programme_edit"),
    path("work-centres/", resources.WorkCentreList.as_view(), name="work_centre_list"),
    path("work-centres/new/", resources.WorkCentreCreate.as_view(), name="work_centre_create"),
    path("work-centres/<int:pk>/", resources.WorkCentrePage.as_view(), name="work_centre_detail"),
    path("work-centres/<int:pk>/edit/", resources.WorkCentreEdit.as_view(), name="work_centre_edit"),
    path("bills-of-resources/", resources.BillList.as_view(), name="bill_list"),
    path("bills-of-resources/missing/", publishing.WithoutBillList.as_view(), name="without_bill_list"),
    path("bills-of-resources/new/", resources.BillCreate.as_view(), name="bill_create"),
    path("bills-of-resources/<int:pk>/", resources.BillPage.as_view(), name="bill_detail"),
    path("bills-of-resources/<int:pk>/edit/", resources.BillEdit.as_view(), name="bill_edit"),
]
