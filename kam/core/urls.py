"""Addresses of the floor's own pages."""

from django.urls import path

from kam.core.views import about, access_log, comments, documents, imports, jobs, tokens

app_name = "core"
urlpatterns = [
    path("about/<int:kind>/<int:key>/timeline/", about.TimelinePanel.as_view(), name="timeline"),
    path("about/<int:kind>/<int:key>/work/", about.RecordWorkPanel.as_view(), name="record_work"),
    path("comments/<int:pk>/delete/", about.CommentDelete.as_view(), name="comment_delete"),
    path("documents/<int:pk>/preview/", documents.DocumentPreview.as_view(), name="document_preview"),
    path("documents/<int:pk>/edit/", documents.DocumentEdit.as_view(), name="document_edit"),
    path("documents/<int:pk>/revise/", documents.DocumentRevise.as_view(), name="document_revise"),
    path("documents/<int:pk>/retire/", documents.DocumentRetire.as_view(), name="document_retire"),
    path("jobs/", jobs.JobList.as_view(), name="job_list"),
    path("jobs/<int:pk>/", jobs.JobPage.as_view(), name="job_detail"),
    path("jobs/<int:pk>/cancel/", jobs.JobCancel.as_view(), name="job_cancel"),
    path("jobs/<int:pk>/file/", jobs.JobFile.as_view(), name="job_file"),
    path("about/<int:kind>/<int:key>/documents/", documents.DocumentPanel.as_view(), name="documents"),
    path("documents/<int:pk>/", documents.DocumentDownload.as_view(), name="document_detail"),
    path("comments/<int:pk>/edit/", comments.CommentEdit.as_view(), name="comment_edit"),
    path("imports/", imports.ImportList.as_view(), name="import_list"),
    path("imports/new/", imports.ImportCreate.as_view(), name="import_create"),
    path("imports/sheet/<str:kind>/", imports.ImportSheet.as_view(), name="import_sheet"),
    path("imports/<int:pk>/", imports.ImportDetail.as_view(), name="import_detail"),
    path("imports/<int:pk>/errors/", imports.ImportErrors.as_view(), name="import_errors"),
    path("imports/<int:pk>/confirm/", imports.ImportConfirm.as_view(), name="import_confirm"),
    path("imports/<int:pk>/cancel/", imports.ImportCancel.as_view(), name="import_cancel"),
    path("profile/tokens/", tokens.TokenPage.as_view(), name="token_list"),
    path("profile/tokens/<int:pk>/revoke/", tokens.TokenRevoke.as_view(), name="token_revoke"),
    path("access-log/", access_log.AccessLogList.as_view(), name="access_log_list"),
]
