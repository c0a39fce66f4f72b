"""Addresses of complaints, of their process, of customers' deadlines and of who is on call."""

from django.urls import path

from complaints.views import complaints, deadlines, on_call, process, repair_pieces, repairs

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
    path("complaints/<int:pk>/assess/", process.ComplaintAssess.as_view(), name="complaint_assess"),
    path("complaints/<int:pk>/answer/", process.ComplaintAnswer.as_view(), name="complaint_answer"),
    path("complaints/<int:pk>/remind/", process.ComplaintRemind.as_view(), name="complaint_remind"),
    path("complaints/<int:pk>/reply/", process.ComplaintReply.as_view(), name="complaint_reply"),
    path("complaints/<int:pk>/close/", process.ComplaintClose.as_view(), name="complaint_close"),
    path("complaints/<int:pk>/effective/", process.ComplaintEffective.as_view(), name="complaint_effective"),
    path("complaints/<int:pk>/reopen/", process.ComplaintReopen.as_view(), name="complaint_reopen"),
    path("complaints/<int:pk>/ask-parts/", process.ComplaintAskParts.as_view(), name="complaint_ask_parts"),
    path("complaints/<int:pk>/note-parts/", process.ComplaintNoteParts.as_view(), name="complaint_note_parts"),
    path(
        "complaints/<int:pk>/propose-rejection/", process.ComplaintProposeRejection.as_view(), name="complaint_propose_rejection"
    ),
    path("complaints/<int:pk>/reject/", process.ComplaintReject.as_view(), name="complaint_reject"),
    path(
        "complaints/<int:pk>/decline-rejection/", process.ComplaintDeclineRejection.as_view(), name="complaint_decline_rejection"
    ),
    path("complaints/<int:pk>/recognise/", process.ComplaintRecognise.as_view(), name="complaint_recognise"),
    path("complaint-deadlines/", deadlines.DeadlineList.as_view(), name="deadline_list"),
    path("complaint-deadlines/new/", deadlines.DeadlineCreate.as_view(), name="deadline_create"),
    path("complaint-deadlines/<int:pk>/", deadlines.DeadlinePage.as_view(), name="deadline_detail"),
    path("complaint-deadlines/<int:pk>/edit/", deadlines.DeadlineEdit.as_view(), name="deadline_edit"),
    path("complaint-deadlines/<int:pk>/remove/", deadlines.DeadlineRemove.as_view(), name="deadline_remove"),
    path("customers/<int:pk>/complaints/", complaints.RecordComplaints.as_view(part="customer"), name="customer_complaints"),
    path("plants/<int:pk>/complaints/", complaints.RecordComplaints.as_view(part="plant"), name="plant_complaints"),
    path("on-call/", on_call.OnCallList.as_view(), name="on_call_list"),
    path("on-call/new/", on_call.OnCallCreate.as_view(), name="on_call_create"),
    path("on-call/<int:pk>/", on_call.OnCallPage.as_view(), name="on_call_detail"),
    path("on-call/<int:pk>/edit/", on_call.OnCallEdit.as_view(), name="on_call_edit"),
    path("on-call/<int:pk>/remove/", on_call.OnCallRemove.as_view(), name="on_call_remove"),
    path("repairs/", repairs.RepairList.as_view(), name="repair_list"),
    path("repairs/new/", repairs.RepairCreate.as_view(), name="repair_create"),
    path("repairs/unannounced/", repairs.RepairUnannounced.as_view(), name="repair_unannounced"),
    path("repairs/<int:pk>/", repairs.RepairPage.as_view(), name="repair_detail"),
    path("repairs/<int:pk>/edit/", repairs.RepairEdit.as_view(), name="repair_edit"),
    path("repairs/<int:pk>/authorise/", repairs.RepairAuthorise.as_view(), name="repair_authorise"),
    path("repairs/<int:pk>/dispatch/", repairs.RepairDispatch.as_view(), name="repair_dispatch"),
    path("repairs/<int:pk>/withdraw/", repairs.RepairWithdraw.as_view(), name="repair_withdraw"),
    path("repairs/<int:pk>/receipt-note/", repairs.RepairReceiptNote.as_view(), name="repair_receipt_note"),
    path("repair-letters/<int:pk>/send/", repairs.LetterSend.as_view(), name="repair_letter_send"),
    path("repair-letters/<int:pk>/print/", repairs.LetterPrint.as_view(), name="repair_letter_print"),
    path("customers/<int:pk>/repairs/", repairs.RecordRepairs.as_view(part="customer"), name="customer_repairs"),
    path("plants/<int:pk>/repairs/", repairs.RecordRepairs.as_view(part="plant"), name="plant_repairs"),
    path("repair-pieces/", repair_pieces.PieceList.as_view(), name="repair_piece_list"),
    path("repair-pieces/new/", repair_pieces.PieceAdd.as_view(), name="repair_piece_add"),
    path("repair-pieces/<int:pk>/", repair_pieces.PiecePage.as_view(), name="repair_piece_detail"),
    path("repair-pieces/<int:pk>/edit/", repair_pieces.PieceEdit.as_view(), name="repair_piece_edit"),
    path("repair-pieces/<int:pk>/receive/", repair_pieces.PieceReceive.as_view(), name="repair_piece_receive"),
    path("repair-pieces/<int:pk>/settle/", repair_pieces.PieceSettle.as_view(), name="repair_piece_settle"),
    path("repair-pieces/<int:pk>/label/", repair_pieces.PieceLabel.as_view(), name="repair_piece_label"),
    path("repair-pieces/<int:pk>/diagnose/", repair_pieces.PieceDiagnose.as_view(), name="repair_piece_diagnose"),
    path("repair-pieces/<int:pk>/strike/", repair_pieces.PieceStrike.as_view(), name="repair_piece_strike"),
]
