"""A model of the console for hypothesis: see tests/profiles/lifecycle/test_token_model.py."""
