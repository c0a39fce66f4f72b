"""Forms: the reader's choices, figures and dates as the reader writes them, hidden characters refused."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.http import QueryDict
from django.utils import translation

from accounts.models import User
from kam.core.documents import Document
from kam.core.forms import Form, ModelForm, browser_format
from tests.factories.accounts import UserFactory


class Sheet(Form):
    name = forms.CharField(label="Name", max_length=10)
    amount = forms.DecimalField(label="Amount", required=False, help_text="per piece")
    day = forms.DateField(label="Day", required=False)
    document = forms.ModelChoiceField(label="Document", queryset=Document.objects.all(), required=False)


def filled(**values):
    data = QueryDict(mutable=True)
    data.update(values)
    return data


@pytest.mark.parametrize(
    ("language", "amount", "day"),
    [("it", "1.234,5", "31/12/2026"), ("de", "1.234,5", "31.12.2026"), ("en", "1,234.5", "31 Dec 2026")],
)
def test_figures_and_dates_are_read_and_written_as_the_reader_does(db, language, amount, day):
    with translation.override(language):
        form = Sheet(filled(name="x", amount=amount, day=day), reader=UserFactory())
        assert form.is_valid(), form.errors
        assert (form.cleaned_data["amount"], form.cleaned_data["day"]) == (Decimal("1234.5"), date(2026, 12, 31))
        shown = Sheet(initial={"amount": Decimal("1234.5"), "day": date(2026, 12, 31)}, reader=UserFactory())
        assert f'value="{amount}"' in str(shown["amount"]) and f'value="{day}"' in str(shown["day"])


def test_the_calendar_writes_the_format_that_the_form_reads():
    for language, expected in (("it", "d/m/Y"), ("de", "d.m.Y"), ("en", "d M Y")):
        with translation.override(language):
            assert browser_format("DATE_INPUT_FORMATS") == expected


def test_what_cannot_be_read_stays_as_it_was_typed(db):
    form = Sheet(filled(name="x", amount="twelve", day="31/02/2026"), reader=UserFactory())
    assert not form.is_valid() and {"amount", "day"} == set(form.errors)
    assert 'value="twelve"' in str(form["amount"]) and 'value="31/02/2026"' in str(form["day"])


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("ACME\u202eB", "control_characters", "After “ACME” stands a character that nobody can see (U+202E). Type this part again by hand."),
        ("\ufeffA", "control_characters", "The text begins with a character that nobody can see (U+FEFF). Type it again by hand."),
        ("A\x00", "control_characters", "After “A” stands a character that nobody can see (U+0000). Type this part again by hand."),
        ("A\x1f", "control_characters", "After “A” stands a character that nobody can see (U+001F). Type this part again by hand."),
        ("M\ufffdller", "lost_characters", "Letters were lost on the way; � stands where they were. Type them again."),
    ],
)  # fmt: skip
def test_what_nobody_can_see_is_refused_at_its_field_and_stays_as_it_was_typed(db, typed, code, said):
    with translation.override("en"):
        form = Sheet(filled(name=typed, amount="twelve"), reader=UserFactory())
        assert not form.is_valid() and [error.code for error in form.errors["name"].as_data()] == [code]
        assert form.errors["name"] == [said] and form["name"].value() == typed
        assert [line[0] for line in form.summary()] == ["Name", "Amount"]


def test_accents_are_composed_and_lines_end_alike_and_nothing_else_changes(db):
    class Note(Form):
        text = forms.CharField(widget=forms.Textarea)

    for typed, kept in (
        ("e\u0301", "\u00e9"), ("a\r\nb\rc\td", "a\nb\nc\td"), ("\u4e0a\u6d77 \u05d0\u05d1 \u0645", "\u4e0a\u6d77 \u05d0\u05d1 \u0645"), ("👩\u200d🔧", "👩\u200d🔧"),
    ):  # fmt: skip
        form = Note(filled(text=typed), reader=UserFactory())
        assert form.is_valid() and form.cleaned_data["text"] == kept


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        ("en", "12,5", None), ("en", "1,2,3", None), ("en", "1,234.5", "1234.5"), ("en", "12.5", "12.5"), ("en", "-1,000", "-1000"),
        ("it", "1.2.3", None), ("it", "12.34,5", None), ("it", "12.5", "12.5"), ("de", "1.234", "1234"), ("de", "1.234.567,5", "1234567.5"),
    ],
)  # fmt: skip
def test_a_mark_of_thousands_where_none_belongs_is_no_figure(db, language, typed, read):
    with translation.override(language):
        form = Sheet(filled(name="x", amount=typed), reader=UserFactory())
        assert form.is_valid() == (read is not None) and form["amount"].value() == typed
        assert form.cleaned_data.get("amount") == (Decimal(read) if read else None)


def test_a_name_of_ten_thousand_characters_is_refused_at_its_field(db):
    form = Sheet(filled(name="x" * 10_000), reader=UserFactory())
    assert not form.is_valid() and list(form.errors) == ["name"]
    assert [line[1] for line in form.summary()] == ["id_name"]


def test_a_choice_offers_only_rows_that_its_reader_may_see(db):
    class Choice(Form):
        user = forms.ModelChoiceField(queryset=User.objects.all())

    reader = UserFactory()
    assert set(Choice(reader=reader).fields["user"].queryset) == {reader}
    shut_out = UserFactory(is_active=False)
    assert not Choice(reader=shut_out).fields["user"].queryset.exists()
    assert not Choice(filled(user=str(reader.pk)), reader=shut_out).is_valid()


def test_help_is_tied_to_its_field_and_the_version_is_hidden(db):
    form = Sheet(initial={"version": 3}, reader=UserFactory())
    assert 'aria-describedby="amount-help"' in str(form["amount"]) and 'inputmode="decimal"' in str(form["amount"])
    assert 'type="hidden"' in str(form["version"]) and 'value="3"' in str(form["version"])
    assert 'aria-required="true"' in str(form["name"])


def test_a_model_form_never_saves(db):
    class Person(ModelForm):
        class Meta:
            model = User
            fields = ["first_name"]

    user = UserFactory(first_name="Ada")
    form = Person(filled(first_name="Bea"), reader=user, record=user)
    assert form.is_valid() and user.first_name == "Ada"
    with pytest.raises(TypeError):
        form.save()


def test_a_moment_is_typed_in_the_readers_format(db):
    class Moment(Form):
        at = forms.DateTimeField()

    with translation.override("en"):
        form = Moment(filled(at="3 Nov 2026, 09:30"), reader=UserFactory())
        assert form.is_valid() and form.cleaned_data["at"].replace(tzinfo=None) == datetime(2026, 11, 3, 9, 30)
