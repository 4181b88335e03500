"""HTML without what its readers' browsers fill in again: templates stay as people write them, pages weigh less.

An atlas has thousands of pages of the same few elements, so quotes and line ends are a fifth of all of them.
"""

from __future__ import annotations

import re
from posixpath import dirname
from typing import Final

from generator.addresses import root_of

_BETWEEN: Final = re.compile(r">\s*\n\s*<")
_EMPTY: Final = re.compile(r'=""(?=>| [^<>]*>)')
_QUOTED: Final = re.compile(r"""(?<==)"([^\s"'=<>`]+)"(?=>| [^<>]*>)""")
"""A value that means the same without its quotes, by HTML's own rule; before `/>` they keep the stroke out of it.

It stands in a tag, as an empty one does: of `<` and `>` the next one is `>`.
"""

_IMPLIED: Final = re.compile(
    r"<head>|</(?:li|dt|dd|body|html)>"
    r"|</p>(?=<(?:p|div|dl|ol|ul|pre|figure|section|h[1-6])\b|</(?:div|header|figure|section|footer|main)>)"
)
"""Starts and ends that what follows implies; the preview puts its script before the end of the head."""


def packed(html: str, path: str) -> str:
    """Return the page at `path` in fewer bytes, as every browser reads it in more.

    Lines may end between two elements only where a space there would not be seen.
    """
    near = html.replace(f'="{root_of(path)}{dirname(path)}/', '="')
    close = _EMPTY.sub("", _BETWEEN.sub("><", near.rstrip("\n")))
    # Split at the quotes and joined without them: a page has hundreds, and a substitution would call Python for each.
    return _IMPLIED.sub("", "".join(_QUOTED.split(close)))
