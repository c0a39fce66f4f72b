"""Addresses of plans and targets; web pages only."""

app_name = "budgets"
urlpatterns: list = []
