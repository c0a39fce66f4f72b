"""Addresses of people, customers, plants and activities; web pages only."""

from django.urls import path

from accounts.views import people

app_name = "accounts"
urlpatterns = [
    path("people/", people.UserList.as_view(), name="user_list"),
    path("people/new/", people.UserCreate.as_view(), name="user_create"),
    path("people/choices/", people.user_choices, name="user_choices"),
    path("people/me/", people.Profile.as_view(), name="profile"),
    path("people/<int:pk>/", people.UserPage.as_view(), name="user_detail"),
    path("people/<int:pk>/edit/", people.UserEdit.as_view(), name="user_edit"),
    path("people/<int:pk>/deactivate/", people.UserDeactivate.as_view(), name="user_deactivate"),
    path("people/<int:pk>/reactivate/", people.UserReactivate.as_view(), name="user_reactivate"),
]
