"""Article text into sentences, with exact offsets; pure.

A stop before a small letter never ends a sentence, so that only abbreviations which a capital or
a number may follow stand here. A word's form is as it is written, without its last stop.

A line is a paragraph: cleaning has joined wrapped lines, so every line break ends a sentence.
Inside a line a stop ends a sentence when what stands before it (an abbreviation, an initial, a
list number) and what follows (white space, then a capital, a digit or a script without
capitals) agree. A colon never does.

A sentence is never cut in two, with one exception: past ``MAX_SENTENCE_CHARS`` without a stop
(a table, a text without punctuation) it is cut at a semicolon, a comma, white space, or anywhere.

Time is linear in the length of the text, whatever it holds: the word before a stop is looked for
in the last ``_LOOK_BACK`` characters only, and no pattern reads the same stretch again and again.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.types import Sentence

# Marks and letters of other scripts are what this file is about.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """What a language writes with a stop inside a sentence.

    Attributes:
        never_end: Titles and the like, which something always follows.
        before_number: Abbreviations that belong to a number after them.
        may_end: Abbreviations that may also be the last word of a sentence.
        starters: Capitalised words that begin a sentence after such a one.
        ordinal: What stands before a stop that makes a number an ordinal, looked for at the end of
            the text before it; None where a language writes ordinals otherwise.
        after_ordinal: Words that follow an ordinal, whatever stands before it.
    """

    never_end: frozenset[str]
    before_number: frozenset[str] = frozenset()
    may_end: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()
    ordinal: re.Pattern[str] | None = None
    after_ordinal: frozenset[str] = frozenset()


STATES = _words(
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb "
    "Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wisc Wyo Ont Que D.C N.C N.D N.H N.J N.M N.Y R.I S.C "
    "S.D W.Va B.C"
)
"""States and provinces, abbreviations where a comma, a hyphen or a bracket stands before them."""

NAMES_WITH_STOP = frozenset({"E!", "Jeopardy!", "Yahoo!"})
CLOCK = frozenset({"a.m", "p.m", "A.M", "P.M"})
AFTER_CLOCK = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May "
    "June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep Sept "
    "Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun ET EST EDT CT CST CDT MT MST MDT PT "
    "PST PDT GMT UTC BST CET CEST EET MSK IST KST JST HKT AEST AEDT Eastern Central Mountain "
    "Pacific Local"
)

_ENGLISH = Abbreviations(
    never_end=_words(
        "Mr Mrs Ms Mx Dr Drs Dra Sra Prof Profs Rt Gen Gens Lt Col Sgt Cpl Pvt Pfc Spc Maj Capt "
        "Cpt Cmdr Cdr Adm Brig Sen Sens Rep Reps Gov Govs Pres Rev Hon Fr Msgr Messrs Mme Mlle "
        "Supt Det Insp Atty Amb Asst Assoc Ald Mt Ft Vs vs v viz cf i.e e.g approx"
    ),
    before_number=_words(
        "no No NO nos Nos p pp c ca ch Ch vol Vol vols Vols fig Fig figs Figs est Est tel Tel ext "
        "Ext Art Sec Op Pt"
    ),
    may_end=_words(
        "Jr Sr Inc Corp Co Cos Ltd Bros Assn Dept Univ Intl Esq al St Ste Ave Blvd Rd Jan Feb Mar "
        "Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Ph.D M.Sc B.Sc "
        "Ed.D D.Phil LL.B LL.M EE.UU Prop feat"
    ),
    starters=_words(
        "The A An He She It They We I You This That These Those There Here His Her Its Their Our "
        "My Your In On At By For From With Without As If When While Where After Before Since "
        "During Until Once But And Or So Yet Nor However Meanwhile Although Though Because "
        "Despite Not No What Who Why How Which Some Many Most Both Each Every All Another Others "
        "Then Now Today Still Also Even Only Just Under Between Among According Earlier Later "
        "Last More Several Such Nearly About To One Two Three Asked Did Does Do Is Are Was Were "
        "Has Have Had Will Would Can Could Should Contributing Mr. Mrs. Ms. Dr."
    ),
)

_GERMAN_MONTHS = (
    "Januar Jänner Februar Feber März April Mai Juni Juli August September Oktober November "
    "Dezember Jan Feb Mär Apr Jun Jul Aug Sep Sept Okt Nov Dez"
)

_LANGUAGES = {
    "en": _ENGLISH,
    "de": Abbreviations(
        never_end=_words(
            "Dr Prof Hr Hrn Fr Frl Dipl Ing Mag Mr Mrs St Hl bzw evtl ggf inkl exkl insb insbes "
            "sog vgl bspw gem lt ca rd z.B d.h u.a i.d.R z.T v.a o.g z B d h u a v i.A Abg Min "
            "Präs Staatssekr Gen Oberst Lt Hptm geb gest verh ehem"
        ),
        before_number=_words("Nr Nrn Art Abs S Bd Kap Ziff Tel Fax Str Pkt Aufl §"),
        may_end=_words(
            "usw etc Co Inc Corp Ltd Mio Mrd Mill Tsd Jh Jhd v.Chr n.Chr Chr e.V o.ä u.ä Str Pl "
            "Bf Hbf Tel Min Std Sek " + _GERMAN_MONTHS
        ),
        starters=_words(
            "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Wir Ich Ihr Dies Diese "
            "Dieser Dieses Diesen Jene Jener In Im An Am Auf Bei Beim Mit Nach Von Vom Vor Zu Zum "
            "Zur Aus Für Gegen Ohne Um Durch Über Unter Zwischen Seit Während Wegen Trotz Wenn "
            "Als Da Weil Obwohl Nachdem Bevor Doch Aber Und Oder Denn So Auch Noch Nun Jetzt "
            "Heute Gestern Morgen Dann Danach Zudem Außerdem Dabei Dazu Damit Dagegen Deshalb "
            "Daher Jedoch Allerdings Was Wer Wie Wo Warum Welche Welcher Alle Viele Einige "
            "Mehrere Laut Bisher Zuvor Zuletzt Insgesamt Man Sein Seine Ihre Ihren Unser Unsere"
        ),
        ordinal=re.compile(
            r"\b(?:am|vom|zum|bis|dem|den|der|die|das|im|ab|seit|des|beim|seinen?|ihren?|und|oder"
            r"|jeden?|einen?|Am|Vom|Zum|Bis|Dem|Den|Der|Die|Das|Im|Ab|Seit|Beim)\s+\d{1,3}$"
        ),
        after_ordinal=_words(
            _GERMAN_MONTHS + " Jahrhundert Jahrhunderts Jahrestag Geburtstag Weltkrieg Weltkriegs "
            "Platz Runde Minute Spieltag Bezirk Klasse Auflage Stock Etage Mal Tag Woche Sitzung "
            "Bundestag Liga"
        ),
    ),
    "fr": Abbreviations(
        never_end=_words(
            "M MM Mme Mmes Mlle Mlles Dr Drs Pr Prof Me Mgr St Ste Sts Gal Gén Col Cdt Cne Lt Sgt "
            "Sén Dép av bd cf ex env p.ex c.-à-d vs apr"
        ),
        before_number=_words("n no N No nos p pp art Art al vol chap tél Tél fig ch t env § ca"),
        may_end=_words(
            "etc Cie Inc Corp Ltd Co janv févr avr juil sept oct nov déc Jr J.-C J.C av.J.-C hab "
            "min sec boul Bd Av"
        ),
        starters=_words(
            "Le La Les L' Un Une Des Du De D' Il Elle Ils Elles On Nous Vous Je Tu Ce C' Cet "
            "Cette Ces Cela Ça Son Sa Ses Leur Leurs Notre Nos Votre Vos Mon Ma Mes En Dans Sur "
            "Sous Par Pour Avec Sans Chez Vers Entre Depuis Pendant Selon Après Avant À Au Aux "
            "Mais Et Ou Or Donc Car Si Quand Lorsque Comme Puisque Bien Malgré Ainsi Alors Puis "
            "Ensuite Enfin Aussi Cependant Toutefois Pourtant Qui Que Quoi Où Comment Pourquoi "
            "Quel Quelle Tout Tous Toute Toutes Plusieurs Certains Aucun Hier Demain Mercredi "
            "Aujourd'hui"
        ),
    ),
    "es": Abbreviations(
        never_end=_words(
            "Sr Sra Srta Sres Sras Dr Dra Dres Dras D Da Dña Prof Profa Lic Ing Arq Gral Cnel Cap "
            "Tte Sgto Mons Fr Sto Sta Excmo Excma Ilmo Ilma Dip Sen Pdte Pdta p.ej vs aprox Av "
            "Avda"
        ),
        before_number=_words("n núm Núm no No p pág págs pp art Art tel Tel vol cap ca fig inc"),
        may_end=_words(
            "etc Cía Inc Corp Ltd Co S.A S.L EE.UU EE UU C.A S.A.U Jr a.C d.C a.m p.m Ud Uds Vd "
            "Vds ene feb mar abr may jun jul ago sept set oct nov dic km hab"
        ),
        starters=_words(
            "El La Los Las Un Una Unos Unas Lo Él Ella Ellos Ellas Yo Tú Nosotros Usted Ustedes "
            "Este Esta Estos Estas Ese Esa Esos Eso Esto Aquel Su Sus Mi Mis Nuestro Nuestra En "
            "De Del Al A Por Para Con Sin Sobre Entre Desde Hasta Hacia Según Tras Durante Ante "
            "Bajo Pero Y E O U Ni Si Cuando Mientras Aunque Porque Como Donde Que Qué Quién "
            "Quiénes Cómo Cuándo Dónde Cuál No Sí También Además Así Entonces Luego Después Antes "
            "Ahora Hoy Ayer Mañana Todo Todos Toda Todas Muchos Algunos Otros Otra Otro Cada Más "
            "Ya Se Le Les Nos Me Te Hay Es Son Fue Ha Han"
        ),
    ),
    "it": Abbreviations(
        never_end=_words(
            "sig sigg dott dr dottssa ssa prof avv ing arch geom rag on sen dep gen col cap ten "
            "mons S Ss spett egr gent vs ca c.a p.es es v cfr"
        ),
        before_number=_words("n nn N p pp pag pagg art artt Art tel Tel vol cap fig c.a ca lett"),
        may_end=_words(
            "ecc etc Inc Corp Ltd Co S.p.A S.r.l S.n.c a.C d.C gen feb mar apr mag giu lug ago "
            "set sett ott nov dic Jr min sec"
        ),
        starters=_words(
            "Il Lo La I Gli Le L' Un Uno Una Un' Egli Ella Lui Lei Loro Noi Voi Io Tu Questo "
            "Questa Questi Queste Quello Quella Quelli Ciò Suo Sua Suoi Sue Nostro Nostra In Nel "
            "Nella Nei Nelle Negli Di Del Della Dei Delle Degli A Al Alla Ai Alle Agli Da Dal "
            "Dalla Dai Con Per Su Sul Sulla Tra Fra Senza Dopo Prima Durante Secondo Ma E Ed O Se "
            "Quando Mentre Anche Perché Poiché Come Dove Che Chi Cosa Quale Non Sì Così Poi "
            "Quindi Infatti Inoltre Tuttavia Però Oggi Ieri Domani Ora Tutti Tutte Molti Alcuni "
            "Altri Ogni Più Si Ci È Sono Ha Hanno"
        ),
    ),
    "pt": Abbreviations(
        never_end=_words(
            "Sr Sra Srta Srs Sras Dr Dra Drs D Dom Prof Profa Eng Arq Gen Cel Cap Ten Sgt Mons Pe "
            "Exmo Exma Ilmo Ilma Dep Sen Min Pres Sto Sta vs aprox Av R Des"
        ),
        before_number=_words("n nº no No p pág págs pp art Art tel Tel vol cap fig ca inc"),
        may_end=_words(
            "etc Cia Inc Corp Ltd Ltda Co S.A Jr a.C d.C a.m p.m jan fev mar abr mai jun jul ago "
            "set out nov dez km hab"
        ),
        starters=_words(
            "O A Os As Um Uma Uns Umas Ele Ela Eles Elas Eu Tu Nós Você Vocês Este Esta Estes "
            "Estas Esse Essa Isso Isto Aquele Aquela Seu Sua Seus Suas Meu Minha Nosso Nossa Em "
            "No Na Nos Nas De Do Da Dos Das Ao À Aos Às Por Pelo Pela Para Com Sem Sobre Entre "
            "Desde Até Segundo Após Durante Mas E Ou Nem Se Quando Enquanto Embora Porque Como "
            "Onde Que Quem Qual Não Sim Também Além Assim Então Depois Antes Agora Hoje Ontem "
            "Amanhã Todo Todos Toda Todas Muitos Alguns Outros Cada Mais Já É São Foi Há"
        ),
    ),
    "ru": Abbreviations(
        never_end=_words(
            "им ул пл пр просп пер наб проф акад доц ген полк подп кап лейт г-н г-жа гр тов св о "
            "п пос дер обл р-н ст т.е т.н т т.к напр см ср Ср См св ок прим"
        ),
        # A unit before a capital ends its sentence, and before a number it may not: "3 roubles 50".
        before_number=_words(
            "№ с стр ст рис табл тел п пп гл т д кв корп ок тыс млн млрд трлн руб коп долл км см "
            "кг ч мин сек"
        ),
        may_end=_words(
            "г гг в вв н.э др пр т.д т.п т.е др. проч м янв февр мар апр авг сент окт нояб дек"
        ),
        starters=_words(
            "Он Она Оно Они Мы Я Вы Ты Это Этот Эта Эти Тот Та Те В Во На По С Со К Ко У О Об Из "
            "За Для От До При Под Над Без Через Между После Перед Согласно Однако Но И А Или Если "
            "Когда Пока Хотя Потому Так Также Кроме Затем Потом Теперь Сейчас Сегодня Вчера "
            "Завтра Все Всё Многие Некоторые Другие Каждый Кто Что Как Где Почему Какой Его Её Их "
            "Наш Наши Не Ни Уже Ещё Ранее Позже"
        ),
    ),
    "uk": Abbreviations(
        never_end=_words(
            "ім вул пл просп пров наб проф акад доц ген полк кап лейт гр тов св с смт м обл р-н "
            "ст т.зв тобто напр див Див пор бл прим п о"
        ),
        before_number=_words(
            "№ с стор ст рис табл тел п пп гл т д кв корп бл тис млн млрд трлн грн коп дол км см "
            "кг год хв сек"
        ),
        may_end=_words(
            "р рр ст н.е ін т.д т.п тощо січ лют бер квіт трав черв лип серп вер жовт лист груд"
        ),
        starters=_words(
            "Він Вона Воно Вони Ми Я Ви Ти Це Цей Ця Ці Той Та Ті У В На По З Із Зі До Від Для "
            "При Під Над Без Через Між Після Перед За Згідно Однак Але Проте І Й А Або Якщо Коли "
            "Поки Хоча Тому Так Також Крім Потім Тепер Зараз Сьогодні Вчора Учора Завтра Усі Всі "
            "Багато Деякі Інші Кожен Хто Що Як Де Чому Який Його Її Їх Їхній Наш Наші Не Ні Вже "
            "Ще Раніше Пізніше"
        ),
    ),
}


@lru_cache(maxsize=64)
def abbreviations_of(language: str) -> Abbreviations:
    """Return the abbreviations of a language.

    Args:
        language: ISO 639-1 code. English for one that has no list of its own, as for an empty one;
            Arabic, Chinese, Japanese and Korean have no capitals after which to ask.
    """
    return _LANGUAGES.get(language, _ENGLISH)


# Marks of other scripts and typographic quotes are what this file is about.


MAX_SENTENCE_CHARS = 2000
"""Longest sentence that is left whole, in code points."""

MAX_HEADING_CHARS = 120
"""A longer line is not a heading."""

MAX_HEADING_WORDS = 15
"""A line of more words is not a heading."""

_LOOK_BACK = 32
_LIST_LINES = 4

_LINE = re.compile(r"\S[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*")
_WORD = re.compile(r"[^\W_]")

_CLOSING = "\"'”’»›)]}」』）】〉》〕］"
_OPENING = "\"'“”‘’«»‹›„‚([{¿¡「『（【〈《〔［"
_BRACKETS = ")]}）】〉》〕］"
_BRACKETS_OPEN = frozenset("([{（【〈《〔［")
_QUOTES = frozenset("\"'“”‘’«„‚「『")
_DASHES = frozenset("-–—")
_STOPS = ".!?…。！？｡؟۔।॥‼⁇⁈⁉"
_UNSPACED_STOPS = frozenset("。！？｡؟۔।॥")
_STATEMENT_ENDS = frozenset(_STOPS + ",;:，；：、")

_STOP = re.compile(
    rf"(?P<mark>\.(?: \.)+(?!\.)|[{_STOPS}]+)"
    rf"(?P<close>[{re.escape(_CLOSING)}]*(?:[“‘«](?=\s))?(?:[ \xa0\u202f][»”](?=\s|$))?)"
    r"(?:\[\w{1,3}\])*"  # a footnote
)
_NEXT = re.compile(
    rf"\s+(?P<open>[{re.escape(_OPENING)}.…*_\-–—]*)\s?(?P<word>[^\W_][\w'’.-]{{0,30}})?"
)
_NEXT_UNSPACED = re.compile(r"[\"“]?([A-Z][a-z]*)(?:[’'][a-z]+)?\s")
_MORE_UNSPACED = re.compile(r"[、，,;；:：]|と|って|[^\s。！？，、「“]{0,6}[说說道]")
_ATTRIBUTION = re.compile(
    r"\s+(?!(?:He|She|They|It|We|I|You)\b)(?:[^\W\d_a-z][\w.'’-]*\s+){1,4}"
    r"(?:said|says|asked|asks|wrote|writes|tweeted|added|cried|shouted|replied|wondered|told)\b"
    r"(?!\s+(?:that|he|she|they|it|we|I)\b)"
    r"|\s+\([^().!?]{1,60}\)"
)
_TOKEN_BREAK = re.compile(r"[\s\"“”‘()\[\]{}«»—–/:,-]")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_LOWER_CASE_NAME = re.compile(r"[a-z]{1,2}[A-Z]|al-[A-Z]")

_BULLETS = "•‣⁃◦▪▫■□●○∙·"
_NUMBERING = r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{2,4})[.)]"
_LIST_MARKER = re.compile(rf"(?:[{_BULLETS}*–—-]\s*)?(?:{_NUMBERING})?")
_LIST_ITEM = re.compile(rf"[{_BULLETS}]|(?:[*–—-]|{_NUMBERING})\s")
_INLINE_NUMBER = re.compile(r"(?:;\s\d{1,2}|:\s1)$")
# "Diesel: $4.35" and "Manager: Ana Lind" state something, however short.
_ENTRY = re.compile(
    r":\s*[^\w\s]{0,2}\d[\d.,:%/–-]*(?:\s(?:(?:m|b|tr)illion|[A-Za-z%]{1,3}))?$"
    r"|^[A-Z][a-z]+(?:\s\w+){0,2}:(?:\s[\"“]?[A-Z]\S*){1,3}$"
)


def split_sentences(text: str, *, language: str = "") -> tuple[Sentence, ...]:
    """Split a cleaned article into sentences, headings and list items.

    Args:
        text: Cleaned text; a line is a paragraph. May be empty.
        language: ISO 639-1 code, for its abbreviations; see ``abbreviations_of``.

    Returns:
        In order and without overlap; ``text[s.start:s.end] == s.text`` for each, none is blank
        or has surrounding white space, and every character that is not white space lies in
        exactly one.
    """
    sentences: list[Sentence] = []
    headings: list[tuple[int, int, str]] = []
    known = abbreviations_of(language)
    for match in _LINE.finditer(text):
        line = match.group().rstrip()
        offset = match.start()
        spans = list(_line_spans(line, known))
        is_first = not (sentences or headings)
        if len(spans) == 1 and _looks_like_heading(line, scale=2 if is_first else 1):
            headings.append((offset, offset + len(line), line))
            continue
        sentences.extend(_headings_or_list(headings))
        headings.clear()
        for start, end in spans:
            sentences.append(
                Sentence(offset + start, offset + end, line[start:end], starts_paragraph=start == 0)
            )
    sentences.extend(_headings_or_list(headings))
    return tuple(sentences)


def _line_spans(line: str, known: Abbreviations) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one line, which has no surrounding white space."""
    start = 0
    found = _WORD.search(line)
    word_at = found.start() if found else len(line)
    for stop in _STOP.finditer(line):
        end = stop.end()
        if end <= word_at or not _ends_sentence(line, start, stop, known):
            continue
        found = _WORD.search(line, end)
        if found is None:  # marks that follow the last sentence belong to it
            break
        word_at = found.start()
        yield from _cut_overlong(line, start, end)
        start = end
        while line[start].isspace():
            start += 1
    yield from _cut_overlong(line, start, len(line))


def _ends_sentence(line: str, start: int, stop: re.Match[str], known: Abbreviations) -> bool:
    """Return whether a stop ends the sentence that began at ``start``."""
    end = stop.end()
    if stop["mark"][-1] in _UNSPACED_STOPS:
        return not (stop["close"] and _MORE_UNSPACED.match(line, end))
    following = _NEXT.match(line, end)
    if following is None:
        return end < len(line) and _lacks_space(line, start, stop, known)
    if following["word"]:
        return not (
            _goes_on(line, stop, following) or _is_abbreviation(line, start, stop, following, known)
        )
    return not following["open"] and line[following.end()] not in "&,;:=+/|%)]}”’»"


def _goes_on(line: str, stop: re.Match[str], following: re.Match[str]) -> bool:
    """Return whether what follows a stop belongs to the same sentence."""
    word, mark, close = following["word"], stop["mark"], stop["close"]
    if word[0].islower():
        return _LOWER_CASE_NAME.match(word) is None
    if close and following["open"][:1] in _DASHES:
        return True  # "Never again." - Ana Lind, mayor
    if mark[-1] in "!?" and close.strip(_BRACKETS):
        return _ATTRIBUTION.match(line, stop.end()) is not None
    is_ellipsis = not mark.strip(". …") and mark != "."
    return (
        is_ellipsis
        and line[stop.start() - 1].isspace()
        and (word[0].isdigit() or _first_part(word) == "I")
    )


def _is_abbreviation(
    line: str,
    start: int,
    stop: re.Match[str],
    following: re.Match[str],
    known: Abbreviations,
) -> bool:
    """Return whether a stop belongs to the word before it and does not end the sentence too."""
    before, word = stop.start(), following["word"]
    tail = line[max(start, before - _LOOK_BACK) : before]
    last = _TOKEN_BREAK.split(tail)[-1].lstrip("'’.")
    if stop["mark"] != ".":
        return last + stop["mark"] in NAMES_WITH_STOP and word not in known.starters
    if (
        _is_one_of(last, known.never_end)
        or (word[0].isdigit() and _is_one_of(last, known.before_number))
        or _is_ordinal(tail, last, word, known)
        or ((marker := _LIST_MARKER.match(line, start)) is not None and marker.end() > before)
        or _INLINE_NUMBER.search(tail)
    ):
        return True
    prefix = tail[: len(tail) - len(last)]
    in_state = last in STATES and prefix.endswith((", ", "-", "("))
    is_initial = len(last) == 1 and not prefix.endswith("-") and (last.isupper() or word[1:] == ".")
    if not (in_state or is_initial or last in known.may_end or _ACRONYM.fullmatch(last)):
        return False
    is_dateline = following["open"][:1] in _DASHES
    if is_dateline or stop["close"]:
        return is_dateline or (stop["close"][0] in _BRACKETS and line[start] not in _BRACKETS_OPEN)
    if last in CLOCK:
        return word[0].isdigit() or _first_part(word).rstrip(".") in AFTER_CLOCK
    ends = (
        (in_state and prefix.endswith(", ") and not following["open"])
        or (last == "I" and prefix.rstrip()[-1:].islower())
        or word in known.starters
        or _first_part(word) in known.starters
        # A title that is written small inside a sentence: "… 3 тис. грн. Проф. Коваль"
        or (word not in known.never_end and _is_one_of(word.rstrip("."), known.never_end))
    )
    return not ends


def _is_one_of(word: str, abbreviations: frozenset[str]) -> bool:
    """Return whether a word is an abbreviation, also with a capital or after an elision."""
    bare = re.split(r"['’]", word)[-1]
    return bare in abbreviations or bare[:1].lower() + bare[1:] in abbreviations


def _is_ordinal(tail: str, last: str, word: str, known: Abbreviations) -> bool:
    """Return whether a number and its stop are an ordinal, as in the German "am 3. Oktober"."""
    if known.ordinal is None or not last.isdigit():
        return False
    return _first_part(word) in known.after_ordinal or known.ordinal.search(tail) is not None


def _first_part(word: str) -> str:
    """Return "He" for "He's", "Sunday" for "Sunday-Thursday" and so on."""
    return re.split(r"['’-]", word, maxsplit=1)[0]


def _lacks_space(line: str, start: int, stop: re.Match[str], known: Abbreviations) -> bool:
    """Return whether a stop without white space after it stands between two sentences.

    Only between two quotations, or between a plain word and a capitalised one (after a full stop
    a typical first word), so that addresses and names of sites stay whole.
    """
    if stop["close"] and line[stop.end()] in "“‘«„":
        return True
    following = _NEXT_UNSPACED.match(line, stop.end())
    if following is None:
        return False
    last = line[max(start, stop.start() - _LOOK_BACK) : stop.start()].rpartition(" ")[2]
    return (
        last.isalpha()
        and last[1:].islower()
        and (following[1] in known.starters or (last.islower() and stop["mark"] in {"?", "!"}))
    )


def _cut_overlong(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentence, in pieces if it is longer than ``MAX_SENTENCE_CHARS``."""
    while end - start > MAX_SENTENCE_CHARS:
        window = line[start : start + MAX_SENTENCE_CHARS]
        length = MAX_SENTENCE_CHARS
        for breaks in (("; ", "；"), (", ", "，", "、"), (" ", "\t", "\xa0", "\u3000")):
            found = max(map(window.rfind, breaks))
            if found >= MAX_SENTENCE_CHARS // 2:
                length = found + 1
                break
        yield start, start + len(window[:length].rstrip())
        start += length
        while line[start].isspace():
            start += 1
    yield start, end


def _looks_like_heading(line: str, *, scale: int) -> bool:
    """Return whether a line of one sentence has the form of a heading.

    A question on a line of its own has: like a heading, it states nothing.

    Args:
        line: The line, without surrounding white space.
        scale: How many times the usual length is allowed; a title may be longer.
    """
    if len(line) > MAX_HEADING_CHARS * scale:
        return False
    if _WORD.search(line) is None:
        return True
    if line.rstrip(_CLOSING)[-1] in _STATEMENT_ENDS and (
        line[-1] not in "?？" or line[0] in _QUOTES
    ):
        return False
    if scale == 1 and ":" in line and _ENTRY.search(line):
        return False
    return len(line.split()) <= MAX_HEADING_WORDS * scale and _LIST_ITEM.match(line) is None


def _headings_or_list(lines: list[tuple[int, int, str]]) -> Iterator[Sentence]:
    """Yield consecutive lines that look like headings, flagged as what they are.

    Many in a row are a list or a table without marks, and its lines state something; of these
    only the first, and those in capitals or without a word, are headings.
    """
    worded = [start for start, _, text in lines if _WORD.search(text)]
    is_list = len(worded) >= _LIST_LINES
    for start, end, text in lines:
        heading = not is_list or start <= worded[0] or text.isupper() or not _WORD.search(text)
        yield Sentence(start, end, text, heading, starts_paragraph=True)
