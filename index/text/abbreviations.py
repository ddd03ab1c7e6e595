"""Which words before a stop do not end a sentence, by language; pure.

A stop before a small letter never ends a sentence, so that only abbreviations which a capital or
a number may follow stand here. A word's form is as it is written, without its last stop.
"""

# Marks and letters of other scripts are what this file is about.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


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
