"""Where on the desk the focus goes: at the end of an address that leads there."""

TAB = "#graphql-tab"  # the current tab
RUN = "#graphql-run"
SAVE = "#graphql-save"
