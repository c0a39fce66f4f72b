"""Addresses of plans and targets; web pages only."""

from django.urls import path

from budgets.views import budgets, first_screen, grid, lines, my_year, rounds, targets

app_name = "budgets"
urlpatterns = [
    path("budgets/rounds/", rounds.RoundList.as_view(), name="round_list"),
    path("budgets/rounds/new/", rounds.RoundCreate.as_view(), name="round_create"),
    path("budgets/rounds/<int:pk>/", rounds.RoundPage.as_view(), name="round_detail"),
    path("budgets/rounds/<int:pk>/edit/", rounds.RoundEdit.as_view(), name="round_edit"),
    path("budgets/rounds/<int:pk>/open/", rounds.RoundOpen.as_view(), name="round_open"),
    path("budgets/rounds/<int:pk>/rate/", rounds.RoundRate.as_view(), name="round_rate"),
    path("budgets/rounds/<int:pk>/costs/", rounds.RoundCosts.as_view(), name="round_costs"),
    path("budgets/rounds/<int:pk>/stretch/", rounds.RoundStretch.as_view(), name="round_stretch"),
    path("budgets/rounds/<int:pk>/consolidate/", rounds.RoundConsolidate.as_view(), name="round_consolidate"),
    path("budgets/rounds/<int:pk>/share/", rounds.RoundShare.as_view(), name="round_share"),
    path("budgets/rounds/<int:pk>/approve/", rounds.RoundApprove.as_view(), name="round_approve"),
    path("budgets/rounds/<int:pk>/publish/", rounds.RoundPublish.as_view(), name="round_publish"),
    path("budgets/rounds/<int:pk>/close/", rounds.RoundClose.as_view(), name="round_close"),
    path("budgets/rounds/<int:pk>/cancel/", rounds.RoundCancel.as_view(), name="round_cancel"),
    path("budgets/", budgets.BudgetList.as_view(), name="budget_list"),
    path("budgets/new/", budgets.BudgetCreate.as_view(), name="budget_create"),
    path("budgets/<int:pk>/", budgets.BudgetPage.as_view(), name="budget_detail"),
    path("budgets/<int:pk>/grid/", grid.BudgetGrid.as_view(), name="budget_grid"),
    path("budgets/<int:pk>/target/", budgets.BudgetTarget.as_view(), name="budget_target"),
    path("budgets/<int:pk>/fill/", budgets.BudgetFill.as_view(), name="budget_fill"),
    path("budgets/<int:pk>/submit/", budgets.BudgetSubmit.as_view(), name="budget_submit"),
    path("budgets/<int:pk>/approve/", budgets.BudgetApprove.as_view(), name="budget_approve"),
    path("budgets/<int:pk>/return/", budgets.BudgetReturn.as_view(), name="budget_return"),
    path("budgets/<int:pk>/lines/new/", lines.LineCreate.as_view(), name="line_create"),
    path("budgets/lines/", lines.LineList.as_view(), name="line_list"),
    path("budgets/lines/<int:pk>/", lines.LinePage.as_view(), name="line_detail"),
    path("budgets/lines/<int:pk>/edit/", lines.LineEdit.as_view(), name="line_edit"),
    path("budgets/lines/<int:pk>/months/", lines.LineMonths.as_view(), name="line_months"),
    path("budgets/lines/<int:pk>/spread/", lines.LineSpread.as_view(), name="line_spread"),
    path("budgets/lines/<int:pk>/remove/", lines.LineRemove.as_view(), name="line_remove"),
    path("budgets/home/year/", first_screen.HomeYear.as_view(), name="home_year"),
    path("budgets/home/round/", first_screen.HomeRound.as_view(), name="home_round"),
    path("budgets/my-year/", my_year.MyYear.as_view(), name="my_year"),
    path("budgets/targets/", targets.TargetList.as_view(), name="target_list"),
]
