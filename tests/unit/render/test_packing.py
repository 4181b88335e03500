"""Pages as browsers read them, in fewer bytes."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from generator.render.packing import packed

PATH = "block1_conv1/000.html"


class Read(HTMLParser):
    """What a page says: its elements with their attributes, where its addresses lead, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[object] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said.append(
            (tag, [(name, urljoin(PATH, said or "") if name == "href" else said or "") for name, said in attrs])
        )

    def handle_data(self, data: str) -> None:
        self.said += data.split()


@pytest.mark.parametrize(
    ("plain", "short"),
    [
        ('<a href="001.html">1</a>', "<a href=001.html>1</a>"),
        ('<a href="../">up</a>', "<a href=../>up</a>"),
        ('<rect x="1%" width="2%"/>', '<rect x=1% width="2%"/>'),
        ('<p class="a b" title="x=1" lang="">', '<p class="a b" title="x=1" lang>'),
        ('<p><a href="../block1_conv1/001.html">1</a></p>\n<p>', "<p><a href=001.html>1</a><p>"),
        ('<a href="../block1_conv2/001.html">1</a>', "<a href=../block1_conv2/001.html>1</a>"),
        ("<p>one</p> <b>two</b><p>three</p><b>four</b>", "<p>one</p> <b>two</b><p>three</p><b>four</b>"),
        ('<p title="it&#39;s" id="&lt;">"a"="b" ', '<p title=it&#39;s id=&lt;>"a"="b" '),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", "<ul><li>one<li>two</ul>"),
        ("<dl>\n  <dt>a</dt>\n\n  <dd>b</dd>\n</dl>", "<dl><dt>a<dd>b</dl>"),
        ("<b>one</b> <b>two</b>\nthree", "<b>one</b> <b>two</b>\nthree"),
    ],
)
def test_a_page_reads_the_same_in_fewer_bytes(plain: str, short: str) -> None:
    assert packed(plain, PATH) == short
    assert Read(short).said == Read(plain).said


def test_what_browsers_fill_in_around_a_page_is_left_out() -> None:
    plain = "<html>\n<head>\n<title>a</title>\n</head>\n<body>\n<main>\n<p>b</p>\n</main>\n</body>\n</html>\n"
    assert packed(plain, PATH) == "<html><title>a</title></head><body><main><p>b</main>"


def test_a_packed_page_is_packed_no_further() -> None:
    once = packed('<ul>\n<li class="a"><img src="../block1_conv1/a.avif" alt=""></li>\n</ul>\n', PATH)
    assert packed(once, PATH) == once
