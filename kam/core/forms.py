"""The base of every form: the reader's choices only, no hidden characters, figures and dates as the reader writes them."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import construct_instance
from django.utils.formats import get_format, localize_input
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kam.core.characters import as_kept, unkept
from kam.core.rest.fields import EARLIEST, LATEST
from kam.core.uploads import MAX_BYTES, too_large

MANY = 200
NOTHING = "\u2013"


class DateInput(forms.DateInput):
    """A date typed in the reader's format, with a calendar beside it."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-date": "", "autocomplete": "off", "inputmode": "numeric", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-date"] = browser_format("DATE_INPUT_FORMATS")
        context["widget"]["attrs"]["data-language"] = get_language() or "en"
        return context


class DateTimeInput(forms.DateTimeInput):
    """A date with a time of day, typed in the reader's format."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-date": "", "data-time": "1", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """The moment to the minute."""
        return localize_input(value, minute_format()) if value is not None else None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-date"] = browser_pattern(minute_format())
        context["widget"]["attrs"]["data-language"] = get_language() or "en"
        return context


def minute_format() -> str:
    """The reader's first format of a date with a time of day that knows no seconds."""
    patterns = [str(pattern) for pattern in get_format("DATETIME_INPUT_FORMATS")]
    return next((pattern for pattern in patterns if "%S" not in pattern and "%f" not in pattern), patterns[0])


def browser_format(setting: str) -> str:
    """The reader's first input format as the calendar in the browser writes it."""
    return browser_pattern(str(get_format(setting)[0]))


def browser_pattern(pattern: str) -> str:
    """An input format as the calendar in the browser writes it."""
    for python, browser in (
        ("%d", "d"),
        ("%m", "m"),
        ("%Y", "Y"),
        ("%b", "M"),
        ("%B", "F"),
        ("%H", "H"),
        ("%M", "i"),
        ("%S", "S"),
    ):
        pattern = pattern.replace(python, browser)
    return pattern


def sensible_day(value: Any) -> None:
    """Refuse a day before 1900 or after 2199: further away it is a typing error, as over REST."""
    if not EARLIEST.year <= value.year <= LATEST.year:
        raise forms.ValidationError(_("The date must lie between 1900 and 2199."), code="out_of_range")


def misgrouped(figure: Any) -> bool:
    """Whether marks of thousands stand where none belong: 12,5 that an Italian types in English would silently become 125."""
    mark, thousands = str(get_format("DECIMAL_SEPARATOR")), str(get_format("THOUSAND_SEPARATOR"))
    whole, decimals, _rest = str(figure or "").strip().partition(mark)
    groups = whole.split(thousands)
    if thousands == "." and not decimals and len(groups) == 2:
        return False  # one point is thousands before three digits, else the decimal point of the number block
    return any(len(group) != 3 for group in groups[1:])


class TypedForm(forms.BaseForm):
    """What holds for everything that people type: hidden and lost characters are refused at their field, never taken out."""

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, field in self.fields.items():
            fault = unkept(self[name].data)
            if not fault and field.localize and isinstance(field, forms.IntegerField) and misgrouped(self[name].data):
                fault = "invalid", str(field.error_messages["invalid"])
            if fault:
                self._errors.pop(name, None)  # type: ignore[attr-defined]
                self.add_error(name, forms.ValidationError(fault[1], code=fault[0]))  # type: ignore[attr-defined]
            elif isinstance(field, forms.CharField) and name in self.cleaned_data:  # type: ignore[attr-defined]
                self.cleaned_data[name] = as_kept(self.cleaned_data[name])  # type: ignore[attr-defined]


class ReaderForm(TypedForm):
    """What every form of KAM does, whatever its fields: `reader` scopes choices, errors stand at fields.

    A long one has `heads`: above which field which heading stands.
    """

    heads: dict[str, Any] = {}

    def __init__(self, *args: Any, reader: Any = None, record: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("use_required_attribute", False)
        super().__init__(*args, **kwargs)
        self.reader, self.record = reader, record
        for name, field in self.fields.items():
            self.add(name, field)

    def add(self, name: str, field: forms.Field) -> None:
        """Make a field one of this form's, as also a subclass does with those that depend on the record: scoped, checked, dressed."""
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = self.choices_of(name, field.queryset)
        if isinstance(field, forms.DateField | forms.DateTimeField):
            field.validators = [*field.validators, sensible_day]
        self.fields[name] = field
        field.head = self.heads.get(name, "")  # type: ignore[attr-defined]
        dress(self, name, field)

    def choices_of(self, name: str, rows: QuerySet) -> QuerySet:
        """The rows that this field offers: the reader's own, narrowed further in a subclass."""
        return rows.visible_to(self.reader) if hasattr(rows, "visible_to") else rows.none()

    def values(self) -> dict[str, Any]:
        """The cleaned values for an action, with `version` as a number where the form sent one."""
        values = dict(self.cleaned_data)
        if "version" in self.fields and values.get("version") is None:
            values.pop("version", None)
        return values

    def summary(self) -> Iterator[tuple[Any, str, list[str]]]:
        """Every error for the list above the form: label, id of the input, messages."""
        for name in self.fields:
            if name in self.errors:
                yield self[name].label, self[name].id_for_label, [str(error) for error in self.errors[name]]


class Form(ReaderForm, forms.Form):
    """A form of our own fields; `version` guards against a stale page."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ModelForm(ReaderForm, forms.ModelForm):
    """A form whose fields come from a model; the action saves, never the form."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        if record is not None and "instance" not in kwargs:
            kwargs["instance"] = type(record)(
                **{field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}
            )
        super().__init__(*args, record=record, **kwargs)

    def save(self, commit: bool = True) -> Any:
        """Never: an action is the only writer."""
        raise TypeError("A form does not save; call the action with form.values().")


class FieldsForm(ModelForm):
    """A model form that checks each field; what concerns several fields or rows the action refuses, in words."""

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except forms.ValidationError as errors:
            self._update_errors(errors)  # type: ignore[attr-defined]


class ReasonForm(Form):
    """A verb that wants a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))


def dress(form: Any, name: str, field: Any) -> None:
    """Give a field the input of the house: localized figures, a calendar, choices with search, its help tied to it."""
    widget = field.widget
    match field:
        case _ if widget.is_hidden:
            return
        case forms.ModelChoiceField():
            _choice(form, name, field)
        case forms.NullBooleanField():
            widget.choices = [("unknown", NOTHING), ("true", _("Yes")), ("false", _("No"))]
            widget.attrs.setdefault("class", "form-select")
        case forms.ChoiceField():
            widget.attrs.setdefault("class", "form-check-input" if isinstance(widget, forms.RadioSelect) else "form-select")
            widget.choices = [(key, NOTHING if key == "" else label) for key, label in widget.choices]
        case forms.IntegerField():
            field.localize = True
            field.widget = forms.TextInput({**_plain(widget.attrs), "inputmode": "decimal", "class": "form-control k-num"})
            field.widget.is_localized = True
        case forms.DateTimeField():
            field.widget = DateTimeInput({**widget.attrs, "class": "form-control"})
        case forms.DateField():
            field.widget = DateInput({**widget.attrs, "class": "form-control"})
        case forms.BooleanField():
            widget.attrs.setdefault("class", "form-check-input")
        case forms.FileField():
            widget.attrs.setdefault("class", "form-control")
            widget.attrs.setdefault("data-most", MAX_BYTES)
            widget.attrs.setdefault("data-too-large", str(too_large()))
        case forms.MultiValueField():
            for part in widget.widgets:
                part.attrs.setdefault("class", "form-control")
        case _:
            widget.attrs.setdefault("class", "form-control")
    if isinstance(widget, forms.Textarea):
        widget.attrs["rows"] = widget.attrs.get("rows") if str(widget.attrs.get("rows")) not in {"10", "None"} else 4
    if field.help_text:
        field.widget.attrs.setdefault("aria-describedby", f"{form.add_prefix(name)}-help")
    if field.required and not isinstance(widget, forms.RadioSelect):
        field.widget.attrs.setdefault("aria-required", "true")


def dress_filters(form: Any) -> Any:
    """The form of a FilterSet with the inputs of the house."""
    for name, field in form.fields.items():
        dress(form, name, field)
    return form


def _choice(form: Any, name: str, field: Any) -> None:
    """A choice of records: a list with search; where there are many, the browser asks the server while one types."""
    widget = field.widget
    widget.attrs.setdefault("class", "form-select")
    widget.attrs["data-choice"] = ""
    widget.attrs.setdefault("placeholder", _("Choose or type…"))
    if getattr(field, "empty_label", None) is not None:
        field.empty_label = NOTHING
    where = getattr(field.queryset.model, "choices_url", None)
    if where is None or field.queryset[: MANY + 1].count() <= MANY:
        return
    widget.attrs["data-choice"] = where() if callable(where) else where
    chosen = form.data.getlist(form.add_prefix(name)) if hasattr(form.data, "getlist") else []
    if not form.is_bound:
        given = form.get_initial_for_field(field, name)
        chosen = [getattr(one, "pk", one) for one in (given if isinstance(given, list | tuple | QuerySet) else [given]) if one]
    keys = [int(key) for key in chosen if str(key).isdecimal() and len(str(key)) < 19]
    blank = [] if isinstance(field, forms.ModelMultipleChoiceField) else [("", "")]
    widget.choices = [*blank, *((row.pk, field.label_from_instance(row)) for row in field.queryset.filter(pk__in=keys))]


def _plain(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in {"min", "max", "step", "type"}}
