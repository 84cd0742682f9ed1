"""Descriptions, which are Markdown (GraphQL specification, 3.1), as HTML that can do no harm.

They come from outside: HTML in them stays text, an image becomes a link, and a link opens outside
of the console, without telling the other site where it came from.
"""

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

MAX_CHARACTERS = 20_000  # of one description; the rest is left out
MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~&:\n\d=]")  # without these, Markdown is its text


class _Renderer(RendererHTML):
    def link_open(
        self,
        tokens: Sequence[Token],
        number: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        tokens[number].attrSet("rel", "noopener noreferrer nofollow")
        tokens[number].attrSet("target", "_blank")
        return self.renderToken(tokens, number, options, env)

    def heading_open(self, *_: Any) -> str:
        """A description's headings are none of the page."""
        return '<p class="md-heading">'

    def heading_close(self, *_: Any) -> str:
        return "</p>\n"


_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}, renderer_cls=_Renderer)
_markdown.enable("table").disable("image")


def render(text: str) -> SafeString:
    """`text` as HTML of blocks."""
    text = text[:MAX_CHARACTERS].strip()
    if not MARKUP.search(text):
        return SafeString(f"<p>{escape(text)}</p>")
    return SafeString(_markdown.render(text))
