"""Web addresses: which spellings are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.addresses import address_of, is_web_address, normalise_address
from onrecord import Article

STORY = "news.example/2024/quay?a=1&b=2"


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example/2024/quay?a=1&b=2",
        "HTTP://NEWS.Example/2024/quay/?b=2&a=1",
        "https://www.news.example:443/2024/quay?a=1&b=2#comments",
        "http://news.example:80/2024/quay?a=1&b=2&utm_source=x&utm_medium=y",
        "https://m.news.example/2024/quay?fbclid=1&a=1&gclid=2&b=2&msclkid=3&mc_cid=4",
        "https://user:secret@news.example./2024/%71uay?a=1&b=2",
        "  https://news.example/2024/quay?a=1&b=2\n",
    ],
)
def test_one_story(address: str) -> None:
    assert normalise_address(address) == STORY


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example/2024/quay?a=1",
        "https://news.example/2024/quay?a=1&b=3",
        "https://news.example/2024/Quay?a=1&b=2",
        "https://news.example:8080/2024/quay?a=1&b=2",
        "https://bay.news.example/2024/quay?a=1&b=2",
        "https://news.example/2024%2Fquay?a=1&b=2",
        "https://news.example/2024/quay?gid=1&a=1&b=2",
    ],
)
def test_other_stories(address: str) -> None:
    assert normalise_address(address) not in {"", STORY}


@pytest.mark.parametrize(
    "address",
    [
        *("", "news.example/quay", "ftp://news.example/quay", "file:///etc/passwd", "mailto:a@b.c"),
        *(
            "https://",
            "https:// ?0",
            "https://[::1/quay",
            "https://news.example:99999/x",
            "javascript:alert(1)",
        ),
        f"https://news.example/?{'&'.join(f'a{n}=1' for n in range(300))}",
    ],
)
def test_what_is_no_address(address: str) -> None:
    assert normalise_address(address) == ""


def test_names_of_other_scripts_are_one_with_their_codes() -> None:
    assert normalise_address("https://München.example/ä") == normalise_address(
        "https://xn--mnchen-3ya.example/%C3%A4"
    )


@given(st.text(max_size=80))
def test_any_text_has_a_form(text: str) -> None:
    for address in (text, f"https://{text}", f"https://news.example/{text}"):
        normal = normalise_address(address)
        if normal:
            assert normalise_address(f"https://{normal}") == normal


def article(url: str, canonical_url: str = "") -> Article:
    return Article("a", "Quay", "The quay is closed.", url=url, canonical_url=canonical_url)


@pytest.mark.parametrize(
    ("url", "canonical_url", "address"),
    [
        ("https://news.example/quay?p=1", "https://www.news.example/quay", "news.example/quay"),
        ("https://news.example/quay?p=1", "", "news.example/quay?p=1"),
        ("", "https://news.example/quay", "news.example/quay"),
        ("https://copy.example/quay", "https://news.example/quay", "copy.example/quay"),
        ("https://news.example/", "", ""),
        ("https://news.example/?id=7", "", "news.example?id=7"),
        ("https://news.example/quay", "nonsense", "news.example/quay"),
        ("", "", ""),
    ],
)
def test_the_address_of_an_article(url: str, canonical_url: str, address: str) -> None:
    assert address_of(article(url, canonical_url)) == address


@pytest.mark.parametrize("text", ["https://a.example", "HTTP://a", "ftp://a", "file:///a"])
def test_what_is_an_address(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize("text", ["articles/", "/a/b", "C:\\news", "a:b.txt", "./http://a", ""])
def test_what_is_a_path(text: str) -> None:
    assert not is_web_address(text)
