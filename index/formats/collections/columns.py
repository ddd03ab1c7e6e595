"""What exports call the fields of an article: columns and keys -> fields. Pure.

A name counts whatever its case, accents, spaces and punctuation: ``Date published``,
``date_published`` and ``datePublished`` are one. Where several columns could hold a field, the
first in the lists below that is not blank does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType

from index.errors import ArticleFormatError, ColumnError

_NAMES = {
    "text": """
        text|body|full text|article text|article body|main text|maintext|body text|content
        |content text|content html|article content|article|story|story text|paragraphs|transcript
        |plain text|clean text
        |texte|contenu|corps|inhalt|volltext|artikel|artikeltext|fließtext|texto|contenido|cuerpo
        |articulo|testo|contenuto|corpo|articolo|conteudo|materia|artigo|текст|содержание|статья
        |содержимое|зміст|стаття|вміст|النص|المحتوى|نص|المقال
        |正文|内容|內容|全文|文章|本文|記事|본문|내용|기사
        |lead paragraph|description|summary|abstract|snippet|excerpt|trail text|beschreibung
        |zusammenfassung|resume|resumen|riassunto|resumo""",
    "title": """
        title|headline|head line|heading|article title|web title|main headline|header|subject|name
        |titre|manchette|titel|überschrift|schlagzeile|titulo|titular|encabezado|titolo|manchete
        |заголовок|название|назва|العنوان|عنوان|标题|標題|题目|タイトル|見出し|題名|제목|헤드라인""",
    "date": """
        date|published|publication date|date published|published at|published on|published date
        |publish date|date publish|pub date|web publication date|first published|date of publication
        |issued|date time|datetime|time published|publish time|timestamp|posted|posted at|day
        |created|created at|date created
        |date de publication|publie|publie le|datum|veröffentlicht|veröffentlicht am
        |veröffentlichungsdatum|erscheinungsdatum|erschienen|fecha|fecha de publicacion|publicado
        |publicado el|data|data di pubblicazione|pubblicato|data de publicacao|publicado em|дата
        |дата публикации|опубликовано|дата публікації|опубліковано|التاريخ|تاريخ|تاريخ النشر
        |日期|发布时间|發布時間|发布日期|发表时间|時間|时间|日付|公開日|掲載日|配信日
        |날짜|일자|발행일|게시일|작성일""",
    "updated": """
        updated|updated at|date updated|modified|modified at|date modified|last modified
        |last updated|date modify|aktualisiert|geändert|mis a jour|actualizado|aggiornato|atualizado
        |обновлено|оновлено|更新时间|更新日|수정일""",
    "outlet": """
        outlet|publisher|publication|newspaper|media outlet|news outlet|site|site name|source name
        |source title|media|medium|channel|magazine|journal|provider|feed
        |zeitung|herausgeber|medio|periodico|diario|testata|giornale|editore|veiculo|jornal
        |издание|издатель|сми|газета|видання|видавець|змі
        |الصحيفة|الناشر
        |媒体|媒體|报纸|報紙|媒体名|新聞社|掲載紙|언론사|매체|매체명|신문""",
    "source": """
        source|sources|quelle|fuente|fonte|источник|джерело|المصدر|مصدر|来源|來源|出典|출처""",
    "author": """
        author|authors|byline|by line|creator|writer|journalist|reporter|by|written by|contributor
        |auteur|auteurs|autor|autorin|autoren|verfasser|verfasserin|autora|autores|autore|autori
        |автор|авторы|автори|الكاتب|المؤلف|كاتب
        |作者|记者|記者|著者|筆者|執筆者|기자|저자|작성자|기자명""",
    "url": """
        url|link|web url|article url|uri|href|permalink|address|web address|source url|web site
        |lien|adresse|webadresse|enlace|direccion|collegamento|indirizzo|ligacao|endereco|ссылка
        |адрес|посилання|адреса|الرابط|رابط|链接|連結|网址|網址|リンク|링크|주소""",
    "canonical_url": "canonical url|canonical|canonical link|main entity of page",
    "language": """
        language|lang|language code|in language|locale|sprache|langue|idioma|lingua|язык|мова|اللغة
        |语言|語言|言語|언어""",
    "id": "id|article id|articleid|_id|document id|doc id|guid|uuid|identifier|record id",
}

FIELDS = tuple(_NAMES)
"""What a column can be mapped to."""

_EPOCH_SECONDS = 100_000_000, 10_000_000_000
_DIGITS = re.compile(r"\d{9,10}|\d{12,13}")
# Where exports hide a record inside the record, and a value inside the value.
_INNER_RECORDS = ("_source", "fields", "attributes", "article")
_INNER_VALUES = (
    "name",
    "main",
    "original",
    "text",
    "value",
    "content",
    "title",
    "href",
    "@id",
    "$t",
)
_MAX_SHOWN = 12


@lru_cache(maxsize=4_096)
def _fold(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name[:200].casefold())
    return "".join(char for char in plain if char.isalnum())


NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {field: tuple(dict.fromkeys(map(_fold, names.split("|")))) for field, names in _NAMES.items()}
)
"""Field -> what columns that hold it are called, folded; the likeliest first."""


def parse_map(options: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of field and column that a user gives as ``title=Headline,text=Body``.

    Args:
        options: Each with one pair or several with commas. A column with a comma in its name is
            given alone.

    Raises:
        ColumnError: If an option is not of that form, or names no field.
    """
    pairs: dict[str, str] = {}
    for option in options:
        parts = re.split(rf",(?=\s*(?:{'|'.join(FIELDS)})\s*=)", option)
        for part in parts:
            field, equals, column = (piece.strip() for piece in part.partition("="))
            if not equals or not column or field not in NAMES:
                known = ", ".join(FIELDS)
                raise ColumnError(
                    f"cannot use the mapping {part.strip()!r}; give FIELD=COLUMN with a field of"
                    f" {known}"
                )
            pairs[field] = column
    return tuple(pairs.items())


def match_columns(
    names: Sequence[str], columns: Iterable[tuple[str, str]] = (), *, place: str
) -> dict[str, tuple[int, ...]]:
    """Return which columns of a table hold which field, the likeliest first.

    Args:
        names: The table's header.
        columns: Pairs of field and column that the user gave.
        place: What the table is called in an error.

    Raises:
        ArticleFormatError: If no column can be the text, or one that the user named is not there.
    """
    folded = [_fold(name) for name in names]
    matched = {
        field: tuple(folded.index(name) for name in known if name in folded)
        for field, known in NAMES.items()
    }
    for field, column in columns:
        if column in names:
            matched[field] = (names.index(column),)
        elif _fold(column) in folded:
            matched[field] = (folded.index(_fold(column)),)
        else:
            raise ArticleFormatError(place, f"no column is called '{_clip(column)}' {_list(names)}")
    if not matched["text"]:
        reason = f"no column is known to hold the text {_list(names)}; name it: --map text=COLUMN"
        raise ArticleFormatError(place, reason)
    return {field: found for field, found in matched.items() if found}


def read_row(cells: Sequence[object], matched: Mapping[str, Sequence[int]]) -> dict[str, object]:
    """Return the fields of a row; those that are blank are left out."""
    fields = {}
    for field, numbers in matched.items():
        for number in numbers:
            value = cells[number] if number < len(cells) else None
            if value is not None and str(value).strip():
                fields[field] = _moment(value) if field in {"date", "updated"} else value
                break
    return fields


def read_record(
    record: Mapping[str, object], columns: Iterable[tuple[str, str]] = ()
) -> dict[str, object]:
    """Return the fields of a record of JSON, by the names of its keys.

    Values that stand in lists or objects, such as ``"source": {"name": …}``, are taken out of
    them. A key that the user named may lead down with dots, as ``data.attributes.body``.

    Args:
        record: The record, or an envelope with it, as search engines export.
        columns: Pairs of field and key that the user gave.
    """
    folded: dict[str, object] = {}
    layers = [record, *_inner_records(record)]
    for layer in reversed(layers):
        folded |= {
            _fold(str(key)): value
            for key, value in layer.items()
            if value is not None and not (key in _INNER_RECORDS and isinstance(value, dict))
        }
    fields: dict[str, object] = {}
    for field, names in NAMES.items():
        found = [_flat(field, folded[name]) for name in names if name in folded]
        if found:  # one that is blank is told from one that is not there
            fields[field] = next(filter(_is_filled, found), found[0])
    for field, key in columns:
        fields.pop(field, None)
        if _is_filled(value := _flat(field, _descend(layers, key))):
            fields[field] = value
    return fields


def _inner_records(record: Mapping[str, object]) -> list[Mapping[str, object]]:
    inner = (record.get(key) for key in _INNER_RECORDS)
    return [value for value in inner if isinstance(value, dict)]


def _descend(layers: Sequence[Mapping[str, object]], key: str) -> object:
    for layer in layers:
        if key in layer:
            return layer[key]
        found: object = layer
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def _is_filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != []


def _flat(field: str, value: object) -> object:
    """Return a value as one string where lists and objects hold it."""
    if field in {"date", "updated"}:
        return _moment(_first(value))
    if field == "id":
        return value  # an id of another type is an error that its owner is told about
    if isinstance(value, list):
        if field not in {"text", "author"}:
            return _first(value)
        parts = [part for part in map(_unwrap, value) if isinstance(part, str) and part.strip()]
        return ("\n\n" if field == "text" else ", ").join(parts) or value
    return _unwrap(value)


def _first(value: object) -> object:
    while isinstance(value, list) and value:
        value = value[0]
    return _unwrap(value)


def _unwrap(value: object) -> object:
    if not isinstance(value, dict):
        return value
    inner = (value.get(key) for key in _INNER_VALUES)
    return next((found for found in inner if isinstance(found, str) and found.strip()), None)


def _moment(value: object) -> object:
    """Return a count of seconds or milliseconds since 1970 as the moment that it is."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    earliest, latest = _EPOCH_SECONDS
    for seconds in (value, value / 1000):
        if earliest <= seconds < latest:
            return datetime.fromtimestamp(seconds, UTC)
    return None


def _list(names: Sequence[str]) -> str:
    shown = [f"'{_clip(name)}'" for name in names if name.strip()]
    more = f" and {len(shown) - _MAX_SHOWN} more" if len(shown) > _MAX_SHOWN else ""
    return f"({len(shown)} columns: {', '.join(shown[:_MAX_SHOWN])}{more})"


def _clip(name: str) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in name)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"  # noqa: PLR2004
