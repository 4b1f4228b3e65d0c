"""What is a subject without what mail programs have put around it?

Only for quoting: matching a mail to its case never looks at the words of a subject.
"""

from __future__ import annotations

import re
import unicodedata

from mailproc.addressing import REFERENCE

QUOTED_LIMIT = 110  # characters; our choice: fits two lines of a list of mails, leaves room for the tag
_READ_LIMIT = 1000  # characters looked at: a hostile subject costs no more than an honest one

# Prefixes that mail programs put before the subject of a reply, by language where it is one's own.
REPLY_PREFIXES = (
    *("Re", "Réf", "Rép", "R", "RIF", "RES", "Resp", "AW", "Antw", "Antwort", "SV", "VS"),
    *("Vá", "Vál", "Válasz", "Odp", "Odg", "YNT", "Yanıt", "ΑΠ", "ΣΧΕΤ", "BLS", "TL", "ATB", "ATS"),
    *("Răsp", "RĂS", "Отв", "Ответ", "На", "HA", "Отг", "Одг", "Erantz", "Përgj"),
    *("תגובה", "השב", "رد", "回复", "回覆", "答复", "答覆", "返信", "답장", "회신"),
)

# The same for forwarded mail. `VS` is a reply in Finnish and a forward in Danish: both are dropped.
FORWARD_PREFIXES = (
    *("Fw", "Fwd", "WG", "Doorst", "VB", "VL", "FS", "TR", "I", "Inoltro", "RV", "Reenv", "ENC", "PD"),
    *("Podaj dalej", "Továbbítás", "Továbbítva", "Tov", "İLT", "ILT", "ΠΡΘ", "TRS", "CT", "PĀR", "PERS"),
    *("ED", "Pren", "Prosl", "Пересл", "ПЕР", "Препр", "YML"),
    *("הועבר", "إعادة توجيه", "转发", "轉寄", "轉發", "転送", "전달"),
)

# Marks of mail gateways. A list's own `[name]` stays: it may as well be the customer's `[Order 4711]`.
GATEWAY_TAGS = (
    "external",
    "external email",
    "external sender",
    "ext",
    "spam",
    "spam?",
    "bulk",
    "suspected spam",
)


def _alternatives(words: tuple[str, ...]) -> str:
    # `İLT` in lower case has four characters, which IGNORECASE alone does not find.
    written = {*words, *(word.lower() for word in words)}
    return "|".join(re.escape(word) for word in sorted(written, key=len, reverse=True))


# `Re:`, `RE[2]:`, `Re (3) :`, `Re^2:`, `回复：`; only before a colon, because `I` and `R` are words too.
_PREFIX = re.compile(
    rf"(?:{_alternatives((*REPLY_PREFIXES, *FORWARD_PREFIXES))})"
    r" ?(?:\[\d{1,3}\]|\(\d{1,3}\)|[\^*]\d{1,3})? ?[:：] ?",
    re.IGNORECASE,
)
_TAGS = _alternatives(GATEWAY_TAGS)
_GATEWAY = re.compile(
    rf"(?:\[(?:{_TAGS})\]|\*{{2,5}} ?(?:{_TAGS}) ?\*{{2,5}}|\{{(?:{_TAGS})\}}) ?:? ?", re.IGNORECASE
)
_TAGGED_REFERENCE = re.compile(rf"\[ ?{REFERENCE.pattern} ?\]", re.IGNORECASE)

_JOINERS = "\u200c\u200d"  # needed to write Persian, Indic scripts and some emoji


def base_subject(subject: str, limit: int = QUOTED_LIMIT) -> str:
    """Return what the customer called the matter: safe for a header, '' when nothing is left.

    Control, formatting and bidirectional characters are gone, white space is single, reply and forward
    prefixes, gateway tags and references in brackets are dropped, and what is longer than `limit`
    characters ends in `…`. Taking the base subject of a base subject changes nothing.
    """
    text = plain(subject[:_READ_LIMIT])
    while True:
        bare = " ".join(_TAGGED_REFERENCE.sub(" ", text).split())
        match = _PREFIX.match(bare) or _GATEWAY.match(bare)
        bare = bare[match.end() :] if match else bare
        if bare == text:
            break
        text = bare
    if len(text) > limit:
        end = limit - 1
        # A letter is not parted from its accents.
        while end > 0 and unicodedata.combining(text[end]):
            end -= 1
        text = text[:end].rstrip() + "…"
    return text


def plain(text: str) -> str:
    """NFC, without characters that have no glyph of their own; each run of white space is one space."""
    if text.isascii() and text.isprintable():  # most are; then no character has to be looked at
        return " ".join(text.split())
    kept = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in {"Zs", "Zl", "Zp"} or char in "\t\r\n\v\f\x85":
            kept.append(" ")
        elif category[0] != "C" or char in _JOINERS:
            kept.append(char)
    return " ".join("".join(kept).split())
