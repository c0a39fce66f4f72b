"""Pages of departments: the list, the card with its members, and the forms of administrators."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.department import create_department, edit_department
from accounts.filters.location import DepartmentFilter
from accounts.forms.location import DepartmentCreateForm, DepartmentForm
from accounts.models import Department, audience_members, away
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage
from kam.core.words import translated_name
from kam.core.work import WorkItem


class DepartmentList(ListPage):
    """The departments of our locations."""

    model = Department
    title = _("Departments")
    icon = "network"
    filterset_class = DepartmentFilter
    default_order = ("location__code", "function")
    columns = (
        Column("name", _("Department"), sort=translated_name(), link=True),
        Column("location", _("Location"), value="location.name", sort="location__code"),
        Column("function", _("Function"), value="get_function_display", sort="function"),
        Column("head", _("Head"), sort=("head__last_name", "head__first_name")),
    )
    create_url = "accounts:department_create"
    create_verb = "accounts.create_department"
    create_label = _("New department")
    empty_title = _("No department yet")
    empty_text = _("A department is a function of one location; whoever holds its role there is a member.")

    def rows(self) -> Any:
        return super().rows().select_related("location", "head")


class DepartmentPage(RecordPage):
    """A department: its head, its members of today and its open work."""

    model = Department
    template_name = "accounts/department_page.html"
    list_url = "accounts:department_list"
    edit_url = "accounts:department_edit"
    edit_verb = "accounts.edit_department"

    def facts(self) -> list[Fact]:
        department = self.record
        return [
            Fact(_("Location"), department.location.name, department.location.get_absolute_url()),
            Fact(_("Function"), department.get_function_display()),
            Fact(_("Head"), department.head, department.head.get_absolute_url() if department.head else ""),
        ]

    def context(self) -> dict[str, Any]:
        members = list(audience_members(self.record.audience).order_by("last_name", "first_name", "pk"))
        gone = away([person.pk for person in members])
        mine = WorkItem.objects.visible_to(self.reader).open().filter(audience=self.record.audience)
        return super().context() | {
            "members": [(person, person.pk in gone) for person in members],
            "open_work": mine.count(),
        }


class DepartmentCreate(FormPage):
    """Add a department to a location."""

    model = Department
    form_class = DepartmentCreateForm
    verb = "accounts.create_department"
    creates = True
    title = _("New department")
    cancel_url = "/departments/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_department(Department, actor=self.reader, **values)


class DepartmentEdit(FormPage):
    """Rename a department or change its head."""

    model = Department
    form_class = DepartmentForm
    verb = "accounts.edit_department"
    title = _("Edit department")

    def act(self, form: Any) -> Any:
        return edit_department(self.record, actor=self.reader, **form.values())
