"""The mail inside a forwarded one: its headers, as programs print them, and its text. Pure."""

# Words and marks of many languages are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from dataclasses import dataclass

_LABELS = {
    "from": "from von de da от від من 发件人 寄件者 差出人 보낸 보낸사람 remitente"
    " mittente remetente expéditeur",
    "date": "date sent datum gesendet envoyé fecha enviado data inviato enviada дата отправлено"
    " надіслано التاريخ 发送时间 日期 送信日時 日付 날짜",
    "subject": "subject betreff objet asunto oggetto assunto тема الموضوع 主题 主題 件名 제목",
    "to": "to an à para a кому إلى 收件人 宛先 받는사람 받는 cc kopie copie copia копия копія"
    " reply-to antwort",
}
_NAME_OF = {label: name for name, labels in _LABELS.items() for label in labels.split()}
_HEADER = re.compile(
    rf"\W{{0,3}}(?P<label>{'|'.join(sorted(map(re.escape, _NAME_OF), key=len, reverse=True))})"
    r"\W{0,3}?\s?[:：]\**\s?(?P<value>.*)",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\W*(?:(?:begin(?:ning of)?|start of|anfang der|début du|inizio|inicio del?)\s)?"
    r"(?:forwarded message|original message|weitergeleitete(?:n)? nachricht|ursprüngliche nachricht"
    r"|message (?:transféré|original|d['’]origine)|mensaje (?:reenviado|original)"
    r"|messaggio (?:inoltrato|originale)|mensagem (?:encaminhada|original)"
    r"|(?:пересылаемое|пересланное|исходное) сообщение|переслане повідомлення"
    r"|الرسالة المعاد توجيهها"
    r"|转发的?邮件|原始邮件|転送(?:された)?メッセージ|전달된 메시지|원본 메시지)\W*",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?:fwd?|wg|tr|rv|i|enc|пересл|vs|doorst|转发|转寄|轉寄|전달)\s?[:：]", re.IGNORECASE
)
# "06.03.2024, 21:15, "Ada" <ada@a.example>:" in the place of headers
_SAID = re.compile(
    r"(?P<date>[^<>\"]{6,60}?),\s\"?(?P<sender>[^<>\",]{1,100}?\"?\s?<[^<>\s]+@[^<>\s]+>)\s?:"
)
_FEWEST_HEADERS = 3
_LONGEST_VALUE = 500
_MOST_LEVELS = 5


@dataclass(frozen=True, slots=True)
class ForwardedMail:
    """A mail that was passed on.

    Attributes:
        sender: Its sender as printed, a name with or without an address.
        date: The date as printed.
        subject: As printed.
        text: Its text.
        before: What those who passed it on wrote above it.
    """

    sender: str
    date: str
    subject: str
    text: str
    before: str


def find_forwarded(text: str, *, subject: str = "") -> ForwardedMail | None:
    """Return the innermost mail that a text passes on; None if it passes on none.

    Its headers must stand together below a line that announces them, at the start of the text, or,
    as Outlook prints them, anywhere in a mail whose subject says that it is forwarded.
    """
    is_marked = _SUBJECT.match(subject) is not None
    found: ForwardedMail | None = None
    for _ in range(_MOST_LEVELS):
        inner = _find_once(text, is_marked=is_marked)
        if inner is None:
            break
        found = inner
        text = inner.text
    return found


def _find_once(text: str, *, is_marked: bool) -> ForwardedMail | None:
    lines = text.split("\n")
    for number, line in enumerate(lines):
        is_mark = _MARK.fullmatch(line.strip()) is not None
        is_start = not any(other.strip() for other in lines[:number]) and line.strip() != ""
        is_header = is_marked and _HEADER.fullmatch(line.strip()[:_LONGEST_VALUE]) is not None
        if not (is_mark or is_start or is_header):
            continue
        if is_mark and (said := _read_said(lines, number + 1)):
            return said
        fields, end = _read_headers(lines, number + is_mark)
        least = _FEWEST_HEADERS + (not (is_mark or is_start))
        if len(fields) >= least and {"from", "subject"} <= fields.keys():
            return ForwardedMail(
                fields["from"],
                fields.get("date", ""),
                fields["subject"],
                "\n".join(lines[end:]).strip("\n"),
                "\n".join(lines[:number]).strip("\n"),
            )
    return None


def _read_said(lines: list[str], start: int) -> ForwardedMail | None:
    """Return a mail below a mark whose sender and day are in one line; its subject is not told."""
    at = next((n for n in range(start, len(lines)) if lines[n].strip()), len(lines))
    said = _SAID.fullmatch(lines[at].strip()[:_LONGEST_VALUE]) if at < len(lines) else None
    if said is None:
        return None
    text, before = lines[at + 1 :], lines[: start - 1]
    sender = said["sender"].replace('"', "")
    return ForwardedMail(
        sender, said["date"], "", "\n".join(text).strip("\n"), "\n".join(before).strip("\n")
    )


def _read_headers(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """Return the headers below a line, and the number of the first line after them."""
    fields: dict[str, str] = {}
    number = start
    name = ""
    while number < len(lines):
        line = lines[number].strip()
        header = _HEADER.fullmatch(line[:_LONGEST_VALUE]) if len(line) <= _LONGEST_VALUE else None
        if header:
            name = _NAME_OF[header["label"].lower()]
            fields.setdefault(name, header["value"].strip(" *"))
        elif not line:
            # Programs print a blank line above the headers, and some between them.
            following = next((other.strip() for other in lines[number:] if other.strip()), "")
            if fields and not _HEADER.fullmatch(following[:_LONGEST_VALUE]):
                break
        elif name and lines[number][:1] in " \t" and fields[name]:
            fields[name] = f"{fields[name]} {line}"
        elif name and not fields[name]:
            fields[name] = line
        else:
            break
        number += 1
    return fields, number
