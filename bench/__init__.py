"""Measures the console beside what it replaces. Development only: `python -m bench`."""
