"""The two upstreams."""

from enum import StrEnum


class System(StrEnum):
    """The value is what is stored and stands in addresses; `label` is the name that users know."""

    DPAAS = "dpaas"
    DXTRA = "dxtra"

    @property
    def label(self) -> str:
        return {"dpaas": "DPaaS", "dxtra": "Dxtra"}[self.value]
