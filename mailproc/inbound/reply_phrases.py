"""Which words do mail programs write around a quotation, in which language?

Tables only; `reply_frames.py` reads them. All entries are in the form of `reply_frames.plain`: NFKC, lower
case, single spaces. Collected from the programs' own output (our choice; there is no standard for any of
it). A language that is missing here costs no safety, only comfort: the delimiter line, the label table of
another language or the second reader finds the quotation, or the result is doubtful.
"""

from __future__ import annotations

from enum import StrEnum

# Our letters to agents carry one of these as their first line. What stands below is never new.
DELIMITERS = {
    "en": "--- Reply above this line ---",
    "hu": "--- Válaszát e sor fölé írja ---",
    "de": "--- Bitte oberhalb dieser Zeile antworten ---",
}
DELIMITER = DELIMITERS["en"]


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in table.split("|"))


class Label(StrEnum):
    """What a line such as `Von: Ann` is in a block of quoted headers."""

    FROM = "from"
    SENT = "sent"
    TO = "to"
    SUBJECT = "subject"
    OTHER = "other"


_LABELS = {
    Label.FROM: """
        from | von | feladó | küldő | de | da | van | od | från | fra | lähettäjä | de la | gönderen |
        kimden | από | от | від | отправитель | expéditeur | remitente | mittente | afzender | absender |
        avsender | 差出人 | 送信者 | 发件人 | 寄件者 | 寄件人 | 보낸사람
    """,
    Label.SENT: """
        sent | date | gesendet | datum | küldve | elküldve | dátum | envoyé | date d'envoi | enviado |
        fecha | inviato | data | verzonden | wysłano | wysłane | data wysłania | odesláno | odoslané |
        skickat | sendt | dato | lähetetty | päivämäärä | päiväys | trimis | gönderildi | tarih |
        отправлено | дата | надіслано | στάλθηκε | ημερομηνία | poslano | message du |
        送信日時 | 日付 | 发送时间 | 日期 | 寄件日期 | 보낸날짜 | 날짜
    """,
    Label.TO: """
        to | cc | bcc | an | kopie | címzett | másolatot kap | másolat | kapja | à | a | copie à |
        copie | cci | para | para o | aan | komu | kopia | till | til | kopi | vastaanottaja | kopio |
        către | kime | bilgi | кому | копия | προς | do | dw | prima | kp |
        宛先 | 收件人 | 收件者 | 抄送 | 副本 | 받는사람 | 참조
    """,
    Label.SUBJECT: """
        subject | betreff | tárgy | objet | sujet | asunto | oggetto | onderwerp | temat | assunto |
        předmět | predmet | ämne | emne | aihe | subiect | konu | тема | θέμα | zadeva | 件名 | 主题 | 主旨 |
        제목
    """,
    Label.OTHER: """
        reply-to | importance | priority | attachments | antwort an | wichtigkeit | anlagen | fontosság |
        mellékletek | répondre à | pièces jointes | importancia | allegati | bijlagen | organization |
        organisation
    """,
}
LABELS = {word: label for label, words in _LABELS.items() for word in _phrases(words)}

# Between dashes, alone on their line: what follows is another mail.
ORIGINALS = frozenset(
    _phrases("""
        original message | original email | original e-mail | original mail | forwarded message |
        forwarded mail | reply message | begin forwarded message | ursprüngliche nachricht |
        originalnachricht | original-nachricht | original nachricht | originaltext | original-mail |
        weitergeleitete nachricht | eredeti üzenet | eredeti levél | továbbított üzenet |
        message d'origine | message original | message initial | message transféré | courriel original |
        mail original | mensaje original | mensaje reenviado | messaggio originale |
        messaggio inoltrato | oorspronkelijk bericht | doorgestuurd bericht | wiadomość oryginalna |
        oryginalna wiadomość | wiadomość przekazana | mensagem original | mensagem encaminhada |
        původní zpráva | původní e-mail | pôvodná správa | ursprungligt meddelande | originalmeddelande |
        oprindelig meddelelse | opprinnelig melding | alkuperäinen viesti | mesaj original |
        mesajul original | izvorna poruka | izvirno sporočilo | исходное сообщение |
        оригинальное сообщение | пересылаемое сообщение | özgün ileti | orijinal mesaj |
        元のメッセージ | 原始邮件 | 原始郵件 | 원본 메시지
    """)
)

# The line above a mail that was forwarded, of programs that write a sentence and no dashes.
FORWARD_LEADS = frozenset(
    _phrases("""
        begin forwarded message: | anfang der weitergeleiteten nachricht: | továbbított üzenet kezdete: |
        az átirányított üzenet kezdete: | début du message transféré : | début du message réexpédié : |
        inizio messaggio inoltrato: | inicio del mensaje reenviado:
    """)
)

# The line above a quotation, such as `On 3 March 2025 at 10:00, Ann wrote:`, begins in some languages with
# one of these …
OPENINGS = tuple(f"{word} " for word in _phrases("on|am|le|el|il|op|em|den|dne|dňa|dnia|w dniu|în|pe"))

# … and ends with one of these …
WROTE = _phrases("""
    wrote | writes | schrieb | schreibt | geschrieben | írta | írt | a écrit | écrit | escribió |
    ha scritto | scrive | escreveu | schreef | napisał | napisał(a) | napisała | pisze | napsal |
    napsal(a) | napsala | napísal | napísal(a) | skrev | kirjoitti | a scris | написал | написал(а) |
    написала | пишет | написав | пише | napisao | napisao/la | je napisao | je napisao/la |
    je napisal/-a | yazdı | έγραψε | 写道 | 寫道 | のメール | 작성 | 님이 작성
""")

# … or carries one of these before the name or the time.
WROTE_BEFORE = (
    " schrieb ",
    " schreef ",
    " skrev ",
    " skrev: ",
    " napisał(a) ",
    " ezt írta (",
    "(időpont:",
    "schrieb am ",
)

# What telephones and free mail services append, alone on a line.
_DEVICE = (
    r"(?:iphone|ipad|ipod|apple|android|samsung|galaxy|huawei|xiaomi|redmi|pixel|oneplus|motorola|nokia|xperia|"
    r"blackberry|windows|smartphone|handy|mobil|telefon|téléphone|telefoon|móvil|celular|tablet|outlook|yahoo|"
    r"proton|k-9|thunderbird|gmx|web\.de|t-online|aol|bluemail|fairemail)"
)
_SENT = (
    r"(?:sent|envoyé|enviado|inviato|verstuurd|verzonden|wysłan[eo]|skickat|sendt|odesláno|odoslané|trimis|"
    r"отправлено|gesendet|verschickt|versendet)"
)
_FROM = (
    r"(?:from|with|via|using|de|depuis|à partir|avec|desde|do|da|dal|con|vanaf|met|z|ze|från|fra|pe|din|с|из|"
    r"von|mit|über|aus)"
)
APPENDED = (
    rf"{_SENT} {_FROM}\b.{{0,60}}{_DEVICE}.{{0,80}}",
    r"sent from my \w+(?: \w+){0,4}\.?",
    rf"(?:von|aus|mit) (?:mein\S{{1,12}} .{{0,40}}{_DEVICE}|yahoo|outlook|proton|gmx|web\.de).{{0,60}}"
    r"gesendet\.?",
    rf"diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) .{{0,60}}{_DEVICE}.{{0,60}}gesendet\.?",
    rf"(?:el)?küldve .{{0,40}}{_DEVICE}.{{0,60}}",
    rf"(?:ezt az e-?mailt )?(?:az? )?.{{0,30}}{_DEVICE}.{{0,40}}(?:küldve|küldtem)\.?",
    rf"lähetetty .{{0,40}}{_DEVICE}.{{0,40}}",
    r"(?:\S+ ){0,5}outlook (?:\S+ ){0,2}(?:ios|android)(?: \S+){0,3}",
    r"(?:\S+ ){0,2}(?:ios|android)\S{0,8}(?: rendszerhez)?(?: készült)? outlook(?: \S+){0,3}",
    r"yahoo mail: search, organize, conquer",
    r".{0,20}iphoneから送信|发自我的.{1,30}|나의 .{1,30}에서 보냄",
)

# A short answer with one of these points to words within the quotation. Where a program does not mark what
# it quotes, those cannot be told from it.
POINTS_BELOW = _phrases("""
    below | inline | in-line | in red | in blue | in green | in bold | lent | alább | lejjebb | pirossal |
    kékkel | beleírtam | unten | weiter unten | in rot | in blau | ci-dessous | plus bas | en rouge | en bleu
""")
