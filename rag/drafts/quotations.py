"""The quotations of a draft, word for word beside the articles."""

from __future__ import annotations

from collections.abc import Sequence

from index.language.quotations import Quotation, QuotedText, find_quotations, fold_words, is_title
from index.types import Article, Hit, Sentence
from rag.drafts.checked import CheckedQuotation
from rag.drafts.wording import Wording, find_wording
from rag.types import Citation

LEAST_QUOTED_WORDS = 3
MAX_ARTICLES = 5


def find_quoted(text: str) -> list[Quotation]:
    """Return the quotations of a sentence that are long enough to compare, and no titles."""
    return [
        quotation
        for quotation in find_quotations(text)
        if not is_title(quotation.text) and len(fold_words(quotation.text)) >= LEAST_QUOTED_WORDS
    ]


def check_quotation(
    sentence: Sentence, quotation: Quotation, hits: Sequence[Hit]
) -> CheckedQuotation:
    """Return a quotation as the articles of some passages have it."""
    articles = list({hit.article.article_id: hit.article for hit in hits}.values())[:MAX_ARTICLES]
    start, end = sentence.start + quotation.start, sentence.start + quotation.end
    near: list[tuple[Article, Wording]] = []
    for article in articles:
        wording = find_wording(quotation.text, article.text)
        if QuotedText(article.text).has(quotation.text):
            cited = _cite_wording(article, wording)
            return CheckedQuotation(start, end, quotation.text, is_exact=True, citation=cited)
        near += [(article, wording)] if wording else []
    if not near:
        return CheckedQuotation(start, end, quotation.text, is_exact=False)
    article, wording = max(near, key=lambda found: found[1].likeness)
    cited = _cite_wording(article, wording)
    return CheckedQuotation(
        start, end, quotation.text, is_exact=False, wording=wording, citation=cited
    )


def _cite_wording(article: Article, wording: Wording | None) -> Citation | None:
    return Citation.of_place(article, wording.start, wording.end, 1) if wording else None
