"""What a teammate reads on the Dxtra screen, out of its HTML."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"input", "meta", "link", "br", "img", "use"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        pieces = (each if isinstance(each, str) else each.text for each in self.children)
        return "".join(pieces)

    @property
    def line(self) -> str:
        """The text with its white space as a browser shows it."""
        return re.sub(r"\s+", " ", self.text).strip()

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """Descendants, in order; `class_="x"` finds one class among several."""
        found = []
        for child in self.children:
            if isinstance(child, Element) and child.tag != "template":
                if child._fits(tag, attributes):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def _fits(self, tag: str, attributes: dict[str, str]) -> bool:
        for name, value in attributes.items():
            if name == "class_":
                if value not in self.attributes.get("class", "").split():
                    return False
            elif self.attributes.get(name) != value:
                return False
        return tag in ("", self.tag)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while len(self.open) > 1 and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


@dataclass
class Screen:
    status: int
    headers: Any
    html: str
    root: Element
    client: Any = None  # that follows links

    def value(self, name: str) -> str:
        """What stands in a field."""
        for area in self.root.all("textarea", name=name):
            return area.text.removeprefix("\n")
        for select in self.root.all("select", name=name):
            chosen = [each for each in select.all("option") if "selected" in each.attributes]
            return chosen[0].attributes["value"] if chosen else ""
        return self.root.all("input", name=name)[0].attributes.get("value", "")

    def errors(self, name: str) -> list[str]:
        """The errors beside a field."""
        return [li.line for ul in self.root.all("ul", id=f"id_{name}_error") for li in ul.all("li")]

    @property
    def options(self) -> list[tuple[str, str]]:
        """The role picker: (value, label)."""
        options = self.root.all("select", name="role")[0].all("option")
        return [(option.attributes["value"], option.line) for option in options]

    @property
    def notices(self) -> list[str]:
        return [notice.line for notice in self.root.all("div", class_="notice")]

    @property
    def graphql_errors(self) -> list[str]:
        boxes = self.root.all("section", class_="graphql-errors")
        return [li.line for box in boxes for li in box.all("li")]

    @property
    def json_code(self) -> Element | None:
        codes = self.root.all("code")
        return next((c for c in codes if c.attributes.get("id", "").endswith("-json")), None)

    @property
    def as_text(self) -> "Screen":
        """The answer as text, behind the link to that."""
        links = (a.attributes for a in self.root.all("a"))
        link = next(each["href"] for each in links if each.get("id", "").endswith("-as-text"))
        return read_screen(self.client.get(link))

    @property
    def json_text(self) -> str:
        code = self.json_code
        if code is None:
            code = self.as_text.json_code
        assert code
        return code.text

    @property
    def json(self) -> Any:
        return json.loads(self.json_text)

    @property
    def columns(self) -> list[str]:
        return [th.line for table in self.root.all("table") for th in table.all("th")]

    @property
    def rows(self) -> list[list[str]]:
        rows = [tr for table in self.root.all("table") for tr in table.all("tr")]
        return [[td.text for td in row.all("td")] for row in rows if row.all("td")]

    @property
    def question(self) -> str:
        """The panel that asks before a mutation; empty where nothing is asked."""
        panels = self.root.all("div", class_="confirm")
        return panels[0].line if panels else ""

    @property
    def confirmation(self) -> str:
        """What the button of that panel sends."""
        return self.root.all("button", name="confirm")[0].attributes["value"]

    @property
    def steps(self) -> list[str]:
        """The names of the timeline's steps."""
        items = [li for line in self.root.all("div", class_="timeline") for li in line.all("li")]
        return [re.sub(r" [\d,]+ ms$", "", item.line) for item in items]

    @property
    def download(self) -> str:
        """The address of the whole result; empty where there is none."""
        links = [a.attributes["href"] for a in self.root.all("a") if "download" in a.attributes]
        return links[0] if links else ""


def read_screen(response: Any, client: Any = None) -> Screen:
    builder = _Builder()
    html = response.content.decode().replace("\r\n", "\n")  # as a browser reads it
    builder.feed(html)
    return Screen(response.status_code, response.headers, html, builder.open[0], client)
