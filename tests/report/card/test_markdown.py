"""Text of anybody's in Markdown. The oracle is a CommonMark parser, where one is installed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.report.card.markdown import escaped, fenced, linked, table

MARKUP = st.text(alphabet="a1 *_`[]()<>&|\\!#-+.=~\n\t$@:/w{}\"'", max_size=30)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("walking", "walking"),
        ("a.b-c (d)", "a.b-c (d)"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("# head", r"\# head"),
        ("a|b", r"a\|b"),
        ("<script>", "&lt;script>"),
        ("a\n\n# b", "a # b"),
        ("![x](javascript:1)", r"!\[x\](javascript:1)"),
        ("see https://evil.example", r"see https:\//evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("\u202eabc", "abc"),
    ],
)
def test_it_is_shown_and_nothing_else(text: str, safe: str) -> None:
    assert escaped(text) == safe


@given(MARKUP)
def test_no_text_becomes_markup(text: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    shown = escaped(text)
    tokens = parser.parse(f"{table(['head'], [[shown]])}")
    cell = [token for token in tokens if token.type == "inline"][1]
    kinds = {child.type for child in cell.children or []}
    assert kinds <= {"text", "text_special"}, kinds
    assert "".join(child.content for child in cell.children or []).split() == text.split()
    assert [token.type for token in parser.parse(shown)][:2] in (["paragraph_open", "inline"], [])


@given(MARKUP)
def test_a_code_block_ends_where_it_should(text: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    tokens = markdown_it.MarkdownIt().parse(fenced(text, "yaml"))
    assert [token.type for token in tokens] == ["fence"] and tokens[0].content.strip() == text.strip().replace("\r", "")


def test_only_addresses_become_links() -> None:
    assert linked("https://epic-kitchens.github.io") == "<https://epic-kitchens.github.io>"
    assert linked("https://a b") == r"https:\//a b"
    assert linked("javascript:alert(1)") == "javascript:alert(1)"
