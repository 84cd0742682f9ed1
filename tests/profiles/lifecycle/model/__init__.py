"""A model of the console for hypothesis: see tests/profiles/test_token_model.py."""
