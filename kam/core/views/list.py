"""The list page: the reader's rows, filtered, sorted, paged, summed and exported as seen, with views and bulk actions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kam.core.forms import Form, ReasonForm, dress_filters
from kam.core.saved_views import ListLayout, SavedView, delete_view, keep_layout, save_view
from kam.core.tables import Column, write_rows
from kam.core.views import list_state as state
from kam.core.views.base import Page
from kam.core.views.form import place_refusals
from kam.core.views.list_export import small_csv, start_bulk, start_export
from kam.core.workflow import Denied, not_permitted

BULK_LIMIT = 500


@dataclass(frozen=True)
class BulkAction:
    """Something done to every selected row: `act(row, actor=…)` is an action; `verb` must be the reader's to see it."""

    name: str
    label: Any
    icon: str
    verb: str
    act: Callable[..., Any]
    reason: bool = False


class ViewForm(Form):
    """The name of a view of a list, and whether everybody has it."""

    name = forms.CharField(label=gettext_lazy("Name of the view"), max_length=60, required=False)
    shared = forms.BooleanField(label=gettext_lazy("Share it; everybody sees their own rows in it"), required=False)


class ListPage(Page):
    """A list of one model: name `model`, `columns`, `filterset_class`; set the rest as needed.

    `key` names the list for saved views (its model's label unless told). `default_order` is a tuple of orders.
    `drawer_template` shows a record beside the list. `create_url` and `create_verb` make the button at the right.
    `tabs` are views that come with the product: pairs of label and query. `live` shows what others do meanwhile: every so
    many seconds the rows are asked for again, while somebody looks and is not at work in them.
    """

    key = ""
    columns: Sequence[Column] = ()
    filterset_class: Any = None
    default_order: tuple[Any, ...] = ()
    template_name = "components/list_page.html"
    drawer_template = ""
    create_url = ""
    create_verb = ""
    create_label: Any = ""
    icon = "list"
    tabs: Sequence[tuple[Any, str]] = ()
    bulk_actions: Sequence[BulkAction] = ()
    empty_title: Any = ""
    empty_text: Any = ""
    note: Any = ""
    exportable = True
    live = 0

    @property
    def page_key(self) -> str:
        """The name under which views and layouts of this list are kept."""
        return self.key or self.model._meta.label_lower

    @cached_property
    def parameters(self) -> QueryDict:
        """The parameters of the address."""
        return self.request.GET

    @cached_property
    def layout(self) -> ListLayout:
        """How this person looks at this list."""
        found = ListLayout.objects.visible_to(self.reader).filter(page=self.page_key).first()
        return found or ListLayout(user=self.reader, page=self.page_key)

    @cached_property
    def allowed_columns(self) -> list[Column]:
        """The columns that this reader may see at all."""
        return [column for column in self.columns if column.permission is None or column.permission(self.reader)]

    @cached_property
    def shown_columns(self) -> list[Column]:
        """The columns on the page: the address, else the remembered choice, else the defaults; the first one always."""
        by_name = {column.name: column for column in self.allowed_columns}
        asked = self.parameters.get("columns", "").split(",") if self.parameters.get("columns") else self.layout.columns
        chosen = [by_name[name] for name in asked if name in by_name]
        chosen = chosen or [column for column in self.allowed_columns if column.default]
        first = self.allowed_columns[0]
        return [first, *(column for column in dict.fromkeys(chosen) if column is not first)]

    @property
    def column_choice(self) -> list[Column]:
        """The columns as the chooser lists them: those shown in the reader's order, then the others."""
        return list(dict.fromkeys([*self.shown_columns, *self.allowed_columns]))

    @cached_property
    def filterset(self) -> Any:
        """The filters of the address over the reader's rows; all of them where their form is opened."""
        if self.filterset_class is None:
            return None
        whole = self.parameters.get("part") == "filters"
        return self.filterset_class(self.parameters, queryset=self.rows(), request=self.request, whole=whole)

    def filtered(self) -> QuerySet:
        """The reader's rows that the filters leave; a filter that cannot be read leaves none and says so."""
        if self.filterset is None:
            return self.rows()
        return self.filterset.qs if self.filterset.is_valid() else self.rows().none()

    def sorts_by(self, column: Column) -> bool:
        """Whether this reader may sort by a column."""
        return column.sort is not None and (not column.sort_if or column.sort_if(self))

    def found(self) -> tuple[QuerySet, str]:
        """The filtered rows in order, and the order that was taken."""
        default = self.default_order or tuple(self.model._meta.ordering or ())
        rows = self.filtered()
        rows = rows.for_list() if hasattr(rows, "for_list") else rows
        asked = self.parameters.get("ordering", "")
        column = next((column for column in self.allowed_columns if column.name == asked.removeprefix("-")), None)
        return state.ordered(rows, column if column and self.sorts_by(column) else None, asked, default)

    def totals(self) -> dict[str, Any]:
        """The sums of the shown columns over the whole filter, in one query; nothing where no column is summed."""
        sums = {column.name: column.total for column in self.shown_columns if column.total is not None}
        return (
            dict(self.filtered().order_by().aggregate(**{f"total_{name}": sum_ for name, sum_ in sums.items()})) if sums else {}
        )

    def tab_links(self) -> list[dict[str, Any]]:
        """The tabs above the list: everything, the product's views, the reader's own and shared views."""
        present = self.parameters.get("view", "") or self._tab_asked()
        links = [{"name": "", "label": _("All"), "address": self.request.path, "active": not present}]
        for number, (label, query) in enumerate(self.tabs, 1):
            links.append(
                {"name": f"t{number}", "label": label, "address": f"?{query}&view=t{number}", "active": present == f"t{number}"}
            )
        for view in SavedView.objects.visible_to(self.reader).filter(page=self.page_key):
            name = str(view.pk)
            columns = f"&columns={','.join(view.columns)}" if view.columns else ""
            mine = view.owner_id == self.reader.pk
            links.append(
                {
                    "name": name,
                    "label": view.name,
                    "address": f"?{view.query}{'&' if view.query else ''}view={name}{columns}",
                    "active": present == name,
                    "view": view,
                    "mine": mine,
                }
            )
        return links

    def _tab_asked(self) -> str:
        """The name of the product's view whose filters are exactly those of the address, however it was come by."""
        asked = {
            name: values
            for name, values in self.parameters.lists()
            if any(values) and name not in state.OWN_PARAMETERS and name != "part"
        }
        names = (f"t{number}" for number, (_label, query) in enumerate(self.tabs, 1) if dict(QueryDict(query).lists()) == asked)
        return next(names, "")

    def total_cells(self) -> list[tuple[Column, Any]]:
        """What the pinned row of totals shows below each column after the first."""
        sums = self.totals()
        return (
            [
                (column, column.text(sums[f"total_{column.name}"]) if column.total is not None else "")
                for column in self.shown_columns[1:]
            ]
            if sums
            else []
        )

    def context(self) -> dict[str, Any]:
        found, order = self.found()
        page = state.paged(found, self.parameters, state.page_size(self.parameters, self.layout.page_size))
        records = list(page.object_list)
        sortable = [column.name for column in self.shown_columns if self.sorts_by(column)]
        chips = state.chips(self.filterset, self.parameters) if self.filterset else []
        bulk = [action for action in self.bulk_actions if self.reader.may(action.verb)]
        return (
            super().context()
            | {
                "list": self,
                "records": records,
                "lines": write_rows(records, self.shown_columns),
                "heads": state.heads(self.shown_columns, sortable, order or "", self.parameters),
                "pages": page,
                "count": page.paginator.count,
                "chips": chips,
                "filters": self.filterset.form if self.filterset else None,
                "searchable": "search" in self.filterset_class.base_filters if self.filterset_class else False,
                "tabs": self.tab_links(),
                "total_cells": self.total_cells(),
                "bulk": bulk,
                "bulk_reason": any(action.reason for action in bulk),
                "layout": self.layout,
                "page_sizes": state.PAGE_SIZES,
                "chosen": [column.name for column in self.shown_columns],
                "can_create": bool(self.create_url) and (not self.create_verb or self.reader.may(self.create_verb)),
                "filtered": bool(chips),
                "view_form": ViewForm(reader=self.reader),
                "bulk_form": ReasonForm(reader=self.reader),
            }
            | self.drawer_context(records)
        )

    def drawer_context(self, records: Sequence[Any]) -> dict[str, Any]:
        """The record of the drawer with its place in the page, if the address names one."""
        wanted = self.parameters.get("drawer", "")
        if not (wanted.isdecimal() and len(wanted) < 19 and self.drawer_template):
            return {}
        record = next((record for record in records if record.pk == int(wanted)), None) or self.record_or_404(int(wanted))
        keys = [record.pk for record in records]
        place = keys.index(record.pk) if record.pk in keys else -1
        return {
            "drawer": record,
            "drawer_place": place + 1,
            "drawer_of": len(keys),
            "drawer_before": keys[place - 1] if place > 0 else None,
            "drawer_after": keys[place + 1] if 0 <= place < len(keys) - 1 else None,
        } | self.drawer_extra(record)

    def drawer_extra(self, record: Any) -> dict[str, Any]:
        """What the drawer's own template needs beside the record."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.partial and self.parameters.get("drawer") and self.request.htmx.target == "drawer":
            record = self.record_or_404(_key(self.parameters.get("drawer")))
            found, _order = self.found()
            page = state.paged(found, self.parameters, state.page_size(self.parameters, self.layout.page_size))
            context = {"list": self, "drawer": record} | self.drawer_context(list(page.object_list))
            return render(request, "components/drawer.html", context)
        if self.partial and self.parameters.get("part") == "filters" and self.filterset:
            return render(request, "components/filter_form.html", {"list": self, "filters": dress_filters(self.filterset.form)})
        if self.parameters.get("export") == "csv" and self.exportable:
            return small_csv(self)
        return render(request, self.template_name, self.context())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What is done to the list itself (views, layout, export) and to the selected rows."""
        match request.POST.get("do", ""):
            case "layout":
                return self.change_layout()
            case "save_view":
                return self.keep_view()
            case "delete_view":
                for view in SavedView.objects.permitted(self.reader, "").filter(pk=_key(request.POST.get("view"))):
                    delete_view(view, actor=self.reader)
                return self.done(request.path, _("View deleted."))
            case "export":
                return start_export(self)
            case _:
                return self.run_bulk()

    def change_layout(self) -> HttpResponse:
        """Remember the columns and the row height that were chosen."""
        known = {column.name for column in self.allowed_columns}
        columns = [name for name in self.request.POST.getlist("column") if name in known]
        size = self.request.POST.get("page_size", "")
        keep_layout(
            actor=self.reader,
            page=self.page_key,
            columns=[] if "reset" in self.request.POST else columns,
            comfortable=self.request.POST.get("density") == "comfortable",
            page_size=int(size) if size.isdecimal() and int(size) in state.PAGE_SIZES else 50,
        )
        return HttpResponseRedirect(self.request.path + state.address(self.parameters, columns=None, page_size=None))

    def keep_view(self) -> HttpResponse:
        """Save the present filters, order and columns under a name."""
        query = self.parameters.copy()
        for name in ("page", "view", "drawer", "columns", "page_size"):
            query.pop(name, None)
        form = ViewForm(self.request.POST, reader=self.reader)
        if not form.is_valid():
            return self.again(view_form=form)
        try:
            view = save_view(
                actor=self.reader,
                page=self.page_key,
                name=form.cleaned_data["name"],
                query=query.urlencode(),
                columns=[column.name for column in self.shown_columns],
                shared=form.cleaned_data["shared"],
            )
        except Denied as denied:
            place_refusals(form, denied)
            return self.again(view_form=form)
        return self.done(f"{self.request.path}?{view.query}{'&' if view.query else ''}view={view.pk}", _("View saved."))

    def again(self, **shown: Any) -> HttpResponse:
        """The list once more, with what was typed on it, why it was refused, and the rows that were selected."""
        picked = {_key(value) for value in self.request.POST.getlist("row")}
        return render(self.request, self.template_name, self.context() | {"picked": picked} | shown, status=422)

    def selected(self) -> QuerySet:
        """The selected rows, always inside the filter and the reader's rows; all of them where the reader said so."""
        rows = self.filtered()
        if self.request.POST.get("all") == "1":
            return rows
        return rows.filter(pk__in=[_key(value) for value in self.request.POST.getlist("row")])

    def run_bulk(self) -> HttpResponse:
        """Do one action to every selected row, each on its own; what was refused is told row by row. Many are a job."""
        action = next((one for one in self.bulk_actions if one.name == self.request.POST.get("bulk")), None)
        if action is None:
            raise Denied("unknown_bulk_action", _("Choose what to do with the selected rows."), status=400)
        form = ReasonForm(self.request.POST, reader=self.reader)
        if not form.is_valid():
            return self.again(bulk_form=form)
        reason = form.cleaned_data["reason"]
        rows = list(self.selected().order_by("pk")[: BULK_LIMIT + 1])
        if not rows:
            raise Denied("nothing_selected", _("Select at least one row."), status=400)
        if len(rows) > BULK_LIMIT:
            if not self.reader.may(action.verb):
                raise not_permitted()
            return start_bulk(self, action, reason)
        refused = list(self.each(action, rows, reason))
        done = len(rows) - len(refused)
        if done:
            messages.success(self.request, ngettext("%(count)s row done.", "%(count)s rows done.", done) % {"count": done})
        for row, denied in refused[:10]:
            messages.error(self.request, f"{row}: {denied}")
        return self.done(self.request.get_full_path())

    def each(self, action: BulkAction, rows: Iterable[Any], reason: str) -> Iterable[tuple[Any, Denied]]:
        """Act on row after row and answer with the refusals."""
        extra = {"reason": reason} if action.reason else {}
        for row in rows:
            try:
                action.act(row, actor=self.reader, **extra)
            except Denied as denied:
                yield row, denied


def _key(value: Any) -> int:
    """A key from a form, or 0 which no row has."""
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0
