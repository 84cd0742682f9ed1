"""The cases of the harness, one room each."""
