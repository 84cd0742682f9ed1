"""The forms of saved queries: its texts, the search of the list, the files of an import."""

from typing import Any

from django import forms

from console.graphql.documents import MAX_BYTES
from console.graphql.forms import MAX_ROLE_LENGTH, code_area, unix_lines, valid_variables
from console.graphql.library.contents import MAX_TAG_COUNT, Content, folder_path, tag_words
from console.graphql.library.models import MAX_DESCRIPTION, MAX_FOLDER, MAX_NAME, MAX_TAGS

TOO_LONG = f"This is too long: at most {MAX_BYTES // 1000} kB."


class SaveForm(forms.Form):
    """All texts of a saved query; valid, it gives a `content`."""

    name = forms.CharField(
        max_length=MAX_NAME, error_messages={"required": "Enter a name."}, label="Name"
    )
    folder = forms.CharField(
        required=False,
        max_length=MAX_FOLDER,
        help_text="For example, Rights/Access.",
    )
    description = forms.CharField(
        required=False,
        max_length=MAX_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 2, "class": "is-short"}),
    )
    tags = forms.CharField(
        required=False, max_length=MAX_TAGS, help_text="Separated by spaces or commas."
    )
    query = forms.CharField(
        strip=False, widget=code_area(12), error_messages={"required": "Write a query."}
    )
    variables = forms.CharField(
        required=False, strip=False, widget=code_area(4), help_text="A JSON object."
    )
    operation_name = forms.CharField(
        required=False,
        max_length=200,
        label="Operation name",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
        help_text="Needed when the query has several operations.",
    )
    role = forms.CharField(
        required=False,
        max_length=MAX_ROLE_LENGTH,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
        help_text="Leave empty to use the profile's role.",
    )

    @property
    def content(self) -> Content:
        """What a valid form holds."""
        return Content(**{name: self.cleaned_data[name] for name in SaveForm.base_fields})

    def clean_folder(self) -> str:
        return folder_path(self.cleaned_data["folder"])

    def clean_tags(self) -> str:
        tags = tag_words(self.cleaned_data["tags"])
        if len(tags) > MAX_TAG_COUNT:
            raise forms.ValidationError(f"At most {MAX_TAG_COUNT} tags.")
        return " ".join(tags)

    def clean_description(self) -> str:
        return unix_lines(self.cleaned_data["description"])

    def clean_query(self) -> str:
        query = unix_lines(self.cleaned_data["query"])
        if len(query.encode(errors="replace")) > MAX_BYTES:
            raise forms.ValidationError(TOO_LONG)
        return query

    def clean_variables(self) -> str:
        return valid_variables(self.cleaned_data["variables"])

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if not (role.isascii() and role.isprintable()):
            raise forms.ValidationError("This is not a valid role name.")
        return role


class NewSaveForm(SaveForm):
    """The first save, which may share it at once."""

    is_shared = forms.BooleanField(
        required=False,
        label="Share with the team: everyone can open, run and edit it, variables included",
    )


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; `clean` returns a list of them."""

    widget = ManyFiles(attrs={"accept": ".graphql,.gql,.json,.yaml,.yml,.agc,.agx,.zip"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(FilesField, self).clean(file, initial) for file in files]


class ImportForm(forms.Form):
    uploads = FilesField(
        label="Files",
        allow_empty_file=True,
        help_text=(
            ".graphql files, Postman (v2.1), Insomnia (v4, v5) and Altair collections, or a zip "
            "exported from Gatehouse. Up to 2 MB in total."
        ),
        error_messages={"required": "Choose one or more files."},
    )
    folder = forms.CharField(
        required=False,
        max_length=MAX_FOLDER,
        label="Into folder",
        help_text="The collection's own folders are created inside it.",
    )

    def clean_folder(self) -> str:
        return folder_path(self.cleaned_data["folder"])
