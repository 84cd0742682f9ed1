"""What a bulk job can do, and which columns it needs for that."""

from dataclasses import dataclass

NAME, IS_DEFAULT, ACCOUNT_ID, METADATA = "name", "is_default", "account_id", "metadata"


@dataclass(frozen=True, slots=True)
class BulkField:
    """A field that a column is mapped to. `help_text`: what its cells may hold."""

    key: str
    label: str
    is_required: bool = True
    help_text: str = ""


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """`label`: of its choice and button. `done`: the state of a row that it succeeded for."""

    key: str
    label: str
    done: str
    fields: tuple[BulkField, ...]

    @property
    def creates(self) -> bool:
        """Whether it creates accounts; otherwise it changes those that a column names."""
        return self.key == CREATE

    @property
    def required(self) -> list[BulkField]:
        return [field for field in self.fields if field.is_required]

    def has(self, key: str) -> bool:
        return any(field.key == key for field in self.fields)


CREATE, DEACTIVATE, ACTIVATE, RENAME, SET_METADATA = (
    "create",
    "deactivate",
    "activate",
    "rename",
    "metadata",
)
ID_FIELD = BulkField(ACCOUNT_ID, "Account ID", help_text="The ID of the account in DPaaS.")
BULK_OPERATIONS = {
    operation.key: operation
    for operation in (
        BulkOperation(
            CREATE,
            "Create accounts",
            "Created",
            (
                BulkField(NAME, "Name"),
                BulkField(
                    IS_DEFAULT,
                    "Default account",
                    is_required=False,
                    help_text="Yes or no, in at most one row.",
                ),
            ),
        ),
        BulkOperation(DEACTIVATE, "Deactivate accounts", "Deactivated", (ID_FIELD,)),
        BulkOperation(ACTIVATE, "Activate accounts", "Activated", (ID_FIELD,)),
        BulkOperation(
            RENAME, "Rename accounts", "Renamed", (ID_FIELD, BulkField(NAME, "New name"))
        ),
        BulkOperation(
            SET_METADATA,
            "Set metadata",
            "Changed",
            (
                ID_FIELD,
                BulkField(
                    METADATA,
                    "Metadata",
                    help_text="A JSON object. It replaces the whole metadata.",
                ),
            ),
        ),
    )
}
