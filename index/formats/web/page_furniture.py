"""What stands on a web page or in a newsletter and is not its text. Pure.

Where a page's tree does not show it (see ``page_links``), only its words tell an invitation to
subscribe from a sentence, in the languages that are written here. A line goes only if the whole of
it is furniture: a lost sentence is a lost answer.
"""

# The words are those of many languages.
# ruff: noqa: RUF001

from __future__ import annotations

import re

from index.formats.web.page_links import squeeze

_LONGEST_FURNITURE = 400
_LONGEST_POINTER = 250

_SENTENCE = re.compile(r"[^\W\d_]\W*[.!…。！][\"'”’»)\]」』]*$")


def _any_of(*phrases: str) -> str:
    return f"(?:{'|'.join(phrases)})"


_FLAGS = re.IGNORECASE

# A pointer to another article: a label, then its headline.
_POINTER = re.compile(
    r"\W*+"
    + _any_of(
        r"(?:read|see|watch|listen)(?: (?:more|also|next|this|too))?|also (?:read|see|watch)|more",
        r"related(?: (?:articles?|stories|story|news|reading|coverage))?|recommended|don['’]t miss",
        r"(?:lea|lee|leer|vea|ve|ver|mira|mire|escuch[ae])(?: (?:tambi[eé]n|m[aá]s|además))?",
        r"tambi[eé]n (?:lea|lee|vea|ve|puedes? (?:leer|ver))|puedes? (?:leer|ver)(?: también)?",
        r"(?:te|le|les) (?:puede|podría|recomendamos|sugerimos)(?: interesar| leer)?",
        r"(?:notas?|noticias?|contenidos?|artículos?) (?:relacionad[oa]s?|recomendad[oa]s?)",
        r"(?:(?:à|a) )?(?:lire|voir|écouter|regarder)(?: (?:aussi|également|plus|la suite))?",
        r"(?:lisez|voyez|regardez)(?: (?:aussi|également))?|sur le même (?:sujet|thème)",
        r"(?:lesen|sehen|hören) sie (?:auch|dazu|hier|mehr)(?: [\w ]{1,20})?|lies auch|siehe auch",
        r"mehr (?:zum thema|dazu|lesen|infos?)|zum thema|auch interessant|passend dazu",
        r"leggi(?: anche| pure)?|(?:guarda|vedi|ascolta)(?: anche)?|(?:ti )?potrebbe interessar\w+",
        r"(?:leia|veja|ouça|assista|confira)(?: (?:também|mais|ainda))?|saiba mais",
        r"lees (?:ook|meer|verder)|zie ook|bekijk ook",
        r"(?:czytaj|zobacz|sprawdź)(?: (?:też|także|również))?",
        r"(?:читайте|смотрите|слушайте|читать)(?: (?:также|еще|ещё))?|(?:материалы )?по теме",
        r"(?:читайте|дивіться|слухайте|читати)(?: (?:також|ще))?|(?:матеріали )?за темою",
        r"(?:اقرأ|إقرأ|اقرا|شاهد|تابع)(?: (?:أيضا|أيضاً|ايضا|المزيد))?|مواضيع (?:متعلقة|ذات صلة)",
        r"(?:相关|相關|延伸|推荐|推薦|更多)(?:阅读|閱讀|新闻|新聞|报道|報導|文章|内容)",
        r"(?:関連|あわせて読みたい|おすすめ)(?:記事|ニュース)?|(?:관련|추천)\s?(?:기사|뉴스|글)",
    )
    + r"\s*[:»›>|：\]]\W*\S.*"
    r"|(?:en (?:vidéos?|images?|vídeos?|fotos)|in pictures|im video)\s*[,:|–-]\s*\S.*",
    _FLAGS,
)

_WHOLE = re.compile(
    r"\W*+"
    + _any_of(
        # the headings of what was taken out
        r"(?:related|recommended|latest|popular|more|trending|most read) "
        r"(?:articles?|posts?|stories|news|reading|videos?|topics?|content|coverage|links)",
        r"(?:notas?|noticias?|contenidos?|artículos?|temas?|videos?) (?:relacionad[oa]s?|"
        r"recomendad[oa]s?|destacad[oa]s?)|lo más (?:leído|visto)|más (?:leídas|vistas|noticias)",
        r"(?:vea|lea|lee|ve|ver|leer|mir[ae]) tambi[eé]n|(?:también )?(?:te|le) puede interesar",
        r"temas|etiquetas",
        r"(?:articles?|sujets?) (?:liés|connexes|similaires|recommandés)|[àa] lire aussi",
        r"les plus lus|la rédaction vous (?:conseille|recommande)",
        r"(?:ähnliche|verwandte|weitere|neueste|beliebte) (?:artikel|beiträge|themen|nachrichten)",
        r"mehr zum thema|das könnte (?:sie|dich) auch interessieren|meistgelesen|schlagwörter",
        r"auch interessant",
        r"(?:articoli|notizie|post) (?:correlat[ie]|consigliat[ie]|recenti)|potrebbe interessarti",
        r"(?:notícias|artigos|matérias|conteúdos?) relacionad[oa]s?|mais lidas|veja também",
        r"gerelateerde (?:artikelen|berichten)|lees ook|(?:powiązane|podobne) (?:artykuły|tematy)",
        r"(?:читайте|смотрите) также|(?:материалы|новости) по теме",
        r"похожие (?:материалы|статьи|новости)|схожі (?:матеріали|статті|новини)",
        r"(?:читайте|дивіться) також|(?:матеріали|новини) за темою",
        r"مواضيع (?:متعلقة|ذات صلة)|(?:اقرأ|إقرأ) (?:أيضا|أيضاً)|الأكثر قراءة",
        r"(?:相关|相關|延伸)(?:阅读|閱讀|新闻|新聞|报道|報導|文章)|関連(?:記事|ニュース)|관련\s?(?:기사|뉴스)",
        # advertising, and the buttons around an article
        r"ads?|advertisements?|anzeigen?|werbung|publicidade?|publicité|annonces?|pubblicità|reclame",
        r"reklama|реклама|إعلان|广告|廣告|広告|광고|sponsored(?: content)?|promoted(?: content)?",
        r"(?:share|teilen|compartir|compartilhar|partager|condividi|delen|udostępnij|поделиться"
        r"|поділитися|مشاركة|分享|シェア|공유)"
        r"(?: (?:this|on|via|en|em|sur|su|auf|op|esto|ceci)\b.{0,40})?",
        r"(?:print|drucken|imprimir|imprimer|stampa|afdrukken|drukuj|печать|друк|طباعة|印刷|인쇄)",
        r"listen to (?:this )?article(?: \d.*)?|\d+ min(?:ute)?s?(?: read)?|écouter l'article",
        # the small print
        r"(?:privacy|cookie) (?:policy|notice|settings|statement)|terms (?:of (?:use|service)"
        r"|(?:and|&) conditions)|impressum|datenschutz(?:erklärung)?|cookie-erklärung|agb",
        r"aviso legal|política de (?:privacidad|cookies)|mentions légales",
        r"politique de confidentialité|note legali|política de privacidade",
        # comments
        r"(?:\d+ )?(?:comments?|kommentare?|comentarios?|commentaires?|commenti|comentários?"
        r"|reacties|komentarze|комментарии|коментарі|تعليقات|评论|評論|コメント|댓글)"
        r"(?: ?\(?\d*\)?)",
        r"(?:leave|post|write|add|join)(?: an?| the| your)? (?:comment|reply|conversation)",
        r"join the discussion|(?:laisser|ajouter) un commentaire",
        r"(?:deja|escribe|publica) (?:un|tu) comentario",
        r"(?:schreibe?n? sie )?(?:einen )?kommentar (?:schreiben|verfassen|hinterlassen)",
        r"lascia un commento|deixe (?:um|seu) comentário|оставить комментарий|залишити коментар",
        r"(?:you must be |please )?(?:log(?:ged)? in|sign(?:ed)? in|register)\b.{0,60}"
        r"\b(?:comment|reply|discussion|conversation)\b.{0,40}",
        r"(?:(?:sie|du) (?:müssen|musst)|bitte) .{0,60}\bkommentar\w*.{0,40}",
    )
    + r"\W*",
    _FLAGS,
)

_RIGHTS = re.compile(
    r"\W{0,4}(?:"
    r"(?:©|\(c\)|copyright)\W.{0,350}"
    r"|.{0,100}\b(?:all rights reserved|alle rechte vorbehalten|todos los derechos reservados"
    r"|tous droits réservés|tutti i diritti riservati|todos os direitos reservados"
    r"|все права защищены|усі права захищені)\b.{0,150}"
    r")",
    _FLAGS,
)

_COOKIES = re.compile(
    r"(?=.*\bcookies?\b)(?!.*(?:[\"“”«»]|\b(?:said|says|told|according)\b))(?:.{0,80}\b"
    + _any_of(
        r"(?:we|our partners|(?:this|our) (?:web)?site|this page)(?: and \w+ partners)? uses?",
        r"(?:by|if you) (?:continu|brows|us|click)\w* .{0,60}\b(?:agree|accept|consent)",
        r"(?:accept|reject|manage|allow) (?:all )?(?:of our )?cookies|your (?:cookie|consent)",
        r"utilizamos|usamos|este sitio (?:web )?(?:utiliza|usa)|esta web (?:utiliza|usa)",
        r"nous utilisons|ce site utilise|en poursuivant|wir (?:verwenden|nutzen|setzen)",
        r"diese (?:web)?(?:site|seite) (?:verwendet|nutzt)|questo sito|utilizziamo",
        r"este site utiliza|(?:wij|we) gebruiken|ta strona używa",
        r"мы используем|этот сайт использует|ми використовуємо",
    )
    + r").*",
    _FLAGS,
)

# Who took a picture, and nothing else; what it shows is a caption and stays.
_CREDIT = re.compile(
    r"\W*+"
    + _any_of(
        r"(?:(?:photo|image|picture|video|cover|featured image) )?credits?",
        r"crédits? ?(?:photos?|images?)?|créditos?(?: de (?:foto|imagen|imagem)s?)?",
        r"(?:photo(?:graph)?|image|picture)s?(?: (?:source|courtesy|by|via))?",
        r"photos? d['’]archives?",
        r"(?:bild|foto)(?:quelle|nachweis|credit)?s?|(?:symbol|archiv|titel)bild",
        r"(?:foto(?:grafía)?|imagen|imagem|immagine)s?(?: (?:de|di|por))?|фото|зображення|صورة",
    )
    + r"\s*[:©/|](?!.*[.!?…]\s).{1,60}",
    _FLAGS,
)

_DATED = re.compile(
    r"\W*+"
    + _any_of(
        r"(?:last )?(?:updated?|published|posted|modified)(?: (?:on|at))?",
        r"(?:zuletzt )?(?:aktualisiert|veröffentlicht|erstellt)(?: am)?|stand",
        r"(?:última )?(?:actualizad[oa]|actualización|publicad[oa]|cread[oa])(?: el)?",
        r"(?:mis(?:e)? à jour|publié|modifié)e?s?(?: le)?|(?:atualizado|publicado) em",
        r"(?:aggiornato|pubblicato)(?: il)?|(?:обновлено|опубликовано|оновлено|опубліковано)",
    )
    + r"\s*:\s?(?=.*(?:\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}\b)).{1,50}",
    _FLAGS,
)

# What an outlet says of itself in the first person or asks of its readers: channels, members,
# letters, links that it earns by. A line in which somebody speaks is left alone.
_OWN = r"(?:our|unser\w*|notre|nos|nuestr[oa]s?|noss[oa]s?|nostr[oaie]|наш\w*)"
_APPEAL = re.compile(
    r"\W*+(?!.*(?:[\"“”«»„]|\b(?:said|says|told|according)\b))"
    + _any_of(
        rf".{{0,120}}\b(?:{_OWN}|tenemos|temos|we have an?|wir haben einen)\b.{{0,20}}\b"
        r"(?:channel|kanal|chaîne|canal(?:e|es)?|канал\w*|group|grupo|gruppe|groupe)\b.{0,40}\b"
        r"(?:youtube|telegram|whatsapp|instagram|facebook|tiktok|телеграм\w*|ютуб\w*)\b.{0,120}",
        r".{0,80}\b(?:buy|purchase|shop|book|click) .{0,30}\blinks?\b.{0,60}\bcommission\b.{0,120}",
        r"(?:(?:some|many|all) )?(?:of )?(?:this (?:post|article|page|site|story)"
        r"|our (?:site|posts?|links?)|the links|we|i)\b.{0,80}"
        r"\b(?:affiliate (?:links?|commissions?|programs?)|references to products)\b.{0,300}",
        r"we (?:independently )?(?:recommend|select|research|review)\w*\b.{0,50}\bproducts?\b"
        r".{0,200}",
        r"(?:dieser|unser) (?:artikel|beitrag|text)\b.{0,40}\baffiliate-?links?\b.{0,150}",
        r"(?:become|join (?:us )?as) an? (?:member|supporter|subscriber|patron)\b.{0,150}",
        r"(?:please )?(?:support|help (?:us|fund|sustain)|donate to|fund)\b.{0,30}"
        r"\b(?:independent|our|local|quality|this) (?:journalism|newsroom|reporting|work|site)\b"
        r".{0,150}",
        r"(?:hazte|hágase|conviértete en) (?:miembro|soci[oa]|suscriptora?)\b.{0,150}",
        r"(?:apoya|apoye|sostén|ayúdanos|ayúdenos)\b.{0,60}\bperiodismo\b.{0,150}",
        r"(?:.{0,100}\b)?(?:we['’]?(?: have|ve) been doing|hacemos|wir machen|nous faisons|facciamo"
        r"|fazemos) (?:journalism|periodismo|journalismus|du journalisme|giornalismo|jornalismo)\b"
        r".{0,250}",
        r"(?:.{0,80}[.!?] )?(?:cancel anytime|cancela cuando quieras|jederzeit kündbar"
        r"|annulez à tout moment|sans engagement)\b.{0,60}",
        r"soutenez(?:-nous)?\b.{0,60}\b(?:journalisme|presse|média|rédaction)\b.{0,150}",
        r"pour (?:lire la suite|accéder en illimité)\b.{0,150}",
        r"(?:cet )?article (?:est )?réservé aux abonnés\b.{0,150}",
        r"unterstützen? (?:sie |du )?(?:uns|unser\w*)\b.{0,150}",
        r"werden? (?:sie )?(?:jetzt )?(?:mitglied|unterstützer\w*|abonnent\w*)\b.{0,150}",
        r"sostieni .{0,40}\b(?:giornalismo|redazione|nostr\w+)\b.{0,150}",
        r"abbonati (?:ora|subito|qui|per)\b.{0,80}",
        r"(?:apoie|torne-se|seja) .{0,40}\b(?:jornalismo|assinante|membro)\b.{0,150}",
        r"(?:поддержите|підтримайте) .{0,60}\b(?:редакци\w+|журналист\w+|нас|проект)\b.{0,150}",
        r"we want to hear (?:from you|what you think)\b.{0,200}",
        r"(?:submit your|send us (?:your|a)) (?:letter|tip|comment|op-ed|story|stories|photo)s?"
        r"\b.{0,200}",
        r"do you have (?:a (?:tip|story|correction)|something to share)\b.{0,200}",
        r"(?:puede|puedes) escribir(?:nos|le|me)\b.{0,120}|escríb[ae]nos\b.{0,120}",
        r"(?:schreiben sie|schreib) uns\b.{0,120}|(?:écrivez|contactez)[- ]nous\b.{0,120}",
        r"(?:(?:average|reader|user) ratings?|durchschnittliche bewertung|note moyenne"
        r"|(?:valoración|calificación|puntuación) (?:media|promedio))\s*[:|(\d].{0,60}",
        r"(?:melde dich|melden sie sich|loggen sie sich|logge dich) (?:jetzt )?an,? um\b.{0,80}",
        r"(?:escucha|escuchá|escuche) (?:esta?|el|la) (?:nota|artículo|noticia)\b.{0,30}",
        r"(?:ouça|ouvir) (?:este|o) (?:artigo|conteúdo)\b.{0,30}",
        r"ascolta (?:l['’]articolo|questo articolo)\b.{0,30}",
        r"(?:diesen )?(?:artikel|beitrag) (?:an)?hören\b.{0,30}",
        r"(?:your browser does not support|tu navegador no soporta|ihr browser unterstützt"
        r"|votre navigateur ne (?:prend|supporte))\b.{0,120}",
    )
    + r"\W*",
    _FLAGS,
)

_SUBSCRIBE = re.compile(
    # "Interested in harbours? Then …"
    r"(?:[^.!?]{1,120}\?\s)?\W*+"
    r"(?:(?:then|so|please|now|just|dann|jetzt|bitte|alors|ahora|entonces)\s)?"
    + _any_of(
        r"(?:sign up|subscribe|get|join|receive|register|want|do you want|never miss)\b"
        r"(?=.*\b(?:newsletters?|your inbox|by e-?mail|daily edition|e-?mail list|sign up here)\b)",
        r"(?:sign up|subscribe) (?:here|now|today|free|for free)\b(?=.{0,60}$)",
        r"(?:sign up|subscribe) (?:to (?:get|receive)|for) (?:our|the (?:best|latest|daily|weekly)"
        r"|all the|daily|weekly|breaking)\b",
        r"(?:[\w'’&.-]+ ){0,4}newsletters?(?=\s*$)",
        r"(?:if you['’]re seeing this message|already a subscriber|to (?:view|read|continue)"
        r"(?:ing| reading)?)\b(?=.*\b(?:subscri\w+|log in|sign in|register)\b)",
        r"subscribe (?:now )?to (?:our|the) \w+ (?:e-?edition|edition|app)\b",
        r"for the latest (?:stories|news)\b(?=.*\b(?:app|apps|download|follow)\b)",
        r"(?:follow|find|like|join) (?:us|me|him|her|them|the [\w ]{1,40}|[\w ]{1,40})"
        r" (?:on|at) (?:facebook|twitter|x|instagram|linkedin|whatsapp|telegram|tiktok|youtube)\b",
        r"(?:suscríbete|suscríbase|regístrate|recibe|apúntate)\b(?=.*\b(?:newsletters?|boletín"
        r"|boletines|correo|canal|gratis|aquí)\b)",
        r"(?:síguenos|siguenos|síganos|siga?|sigue|únete|unete)\b(?=.*\b(?:facebook|twitter|instagram"
        r"|whatsapp|telegram|tiktok|youtube|canal|redes)\b)",
        r"(?:abonnez-vous|inscrivez-vous|recevez|suivez(?:-nous)?)\b(?=.*\b(?:newsletters?|lettre"
        r"|infolettre|e-?mail|facebook|twitter|instagram|whatsapp|telegram|youtube)\b)",
        r"(?:abonniere (?:jetzt |hier |auch )?(?:uns\w*|mein\w*|den|die)|abonnieren sie|melden sie"
        r"|folgen sie|registrieren sie)\b(?=.*\b(?:newsletter|facebook|twitter|instagram|whatsapp"
        r"|telegram|youtube|uns)\b)",
        r"(?:iscriviti|ricevi|seguici|segui)\b(?=.*\b(?:newsletter|facebook|twitter|instagram|whatsapp"
        r"|telegram|youtube|canale)\b)",
        r"(?:assine|inscreva-se|receba|siga|acompanhe)\b(?=.*\b(?:newsletter|boletim|facebook|twitter"
        r"|instagram|whatsapp|telegram|youtube|canal)\b)",
        r"(?:подпис(?:ывайтесь|аться|ись)|підпис(?:уйтесь|атися))\b(?=.*\b(?:канал|рассылк|розсилк"
        r"|телеграм|telegram|youtube|вконтакте|facebook|instagram|нас)\w*)",
    )
    + r".*",
    _FLAGS,
)


_PATTERNS = (_WHOLE, _RIGHTS, _COOKIES, _SUBSCRIBE, _CREDIT, _DATED, _APPEAL)


def remove_furniture(
    text: str,
    *,
    links: frozenset[str] = frozenset(),
    headlines: frozenset[str] = frozenset(),
) -> str:
    """Return a page's text without the lines that are furniture.

    Args:
        text: Lines as ``render_text`` makes them.
        links: Lines that are links, see ``link_lines``.
        headlines: Headings that are links, see ``linked_headlines``; they go where no text of
            their own follows.

    Returns:
        The text; at most one blank line in a row.
    """
    kept = text.split("\n")
    follows = ""
    for number in range(len(kept) - 1, -1, -1):
        line = squeeze(kept[number].removeprefix("- "))
        is_teaser = line in headlines and (not follows or follows in headlines)
        if is_teaser or line in links or is_furniture(kept[number]):
            kept[number] = ""
        follows = (line if kept[number] or is_teaser else "") or follows
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def is_furniture(line: str) -> bool:
    """Tell whether the whole of a line belongs to the page and not to the article."""
    if not line or len(line) > _LONGEST_FURNITURE:
        return False
    if line.startswith("- ") and not any(map(str.isalnum, line)):
        return True  # an item whose picture or link is gone
    line = line.removeprefix("- ")
    is_headline = len(line) <= _LONGEST_POINTER and not _SENTENCE.search(line)
    if is_headline and _POINTER.fullmatch(line):
        return True
    return any(pattern.fullmatch(line) for pattern in _PATTERNS)
