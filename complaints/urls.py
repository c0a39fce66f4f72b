"""Addresses of complaints and of who is on call."""

from django.urls import path

from complaints.views import complaints, on_call

app_name = "complaints"
urlpatterns = [
    path("complaints/", complaints.ComplaintList.as_view(), name="complaint_list"),
    path("complaints/new/", complaints.ComplaintCreate.as_view(), name="complaint_create"),
    path("complaints/find/", complaints.ComplaintFind.as_view(), name="complaint_find"),
    path("complaints/<int:pk>/", complaints.ComplaintPage.as_view(), name="complaint_detail"),
    path("complaints/<int:pk>/edit/", complaints.ComplaintEdit.as_view(), name="complaint_edit"),
    path("complaints/<int:pk>/register/", complaints.ComplaintRegister.as_view(), name="complaint_register"),
    path("complaints/<int:pk>/receipt/", complaints.ComplaintReceive.as_view(), name="complaint_receipt"),
    path("complaints/<int:pk>/duplicate/", complaints.ComplaintDuplicate.as_view(), name="complaint_duplicate"),
    path("complaints/<int:pk>/withdraw/", complaints.ComplaintWithdraw.as_view(), name="complaint_withdraw"),
    path("customers/<int:pk>/complaints/", complaints.RecordComplaints.as_view(part="customer"), name="customer_complaints"),
    path("plants/<int:pk>/complaints/", complaints.RecordComplaints.as_view(part="plant"), name="plant_complaints"),
    path("on-call/", on_call.OnCallList.as_view(), name="on_call_list"),
    path("on-call/new/", on_call.OnCallCreate.as_view(), name="on_call_create"),
    path("on-call/<int:pk>/", on_call.OnCallPage.as_view(), name="on_call_detail"),
    path("on-call/<int:pk>/edit/", on_call.OnCallEdit.as_view(), name="on_call_edit"),
    path("on-call/<int:pk>/remove/", on_call.OnCallRemove.as_view(), name="on_call_remove"),
]
