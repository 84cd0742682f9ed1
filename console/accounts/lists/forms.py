"""The form of a saved view."""

from django import forms

from console.accounts.lists.models import MAX_VIEW_NAME


class ViewForm(forms.Form):
    name = forms.CharField(
        max_length=MAX_VIEW_NAME,
        error_messages={
            "required": "Give the view a name.",
            "max_length": f"A view's name has at most {MAX_VIEW_NAME} characters.",
        },
    )
