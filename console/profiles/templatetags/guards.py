"""Filters for the screens of the guard (console/profiles/guard.py)."""

from django import template

from console.profiles import guard

register = template.Library()

register.filter("seconds_left", guard.seconds_left)
