"""Mails in an agent's name: what the clients of genuine agents send, and what forgers would.

Bea and Carl answer for the desk at the desk's own domain, Dora does from a mailbox that anybody can get.
Every mail here is written out as bytes, so that it is read by the same code as a stranger's.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from handmade import DESK

from mailproc.addressing import DeskAddress, Purpose, Signer, new_public_id
from mailproc.inbound.identity import Relay

HOST = "mx.acme.example"
BEA, CARL, DORA = "bea@acme.example", "carl@acme.example", "dora@gmail.com"
REGISTERED = {BEA: "bea", CARL: "carl", DORA: "dora"}
NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
CASE, OTHER_CASE = "C-7F3K-9QXT", "C-2222-3333"


def relay(
    public_id: str, agent: str = "bea", case: str = CASE, *, days: int = 30, revoked: bool = False
) -> Relay:
    return Relay(
        public_id=public_id,
        agent=agent,
        case_reference=case,
        expires_at=NOW + timedelta(days=days),
        revoked=revoked,
        message_id=f"<0102-{public_id}@eu-west-1.amazonses.com>",  # as replaced by a provider
    )


# What was sent to the agents, by public id.
LETTER, OLDER, QUESTION = "abcdefghijkl", "abcdefghijk2", "abcdefghijk3"
OTHER_LETTER, CARLS, DORAS = "abcdefghijk4", "abcdefghijk5", "abcdefghijk6"
EXPIRED, REVOKED, LOST = "abcdefghijk7", "abcdefghijka", "abcdefghijkb"
RELAYS = {
    found.public_id: found
    for found in (
        relay(LETTER),
        relay(OLDER),
        relay(QUESTION),
        relay(OTHER_LETTER, case=OTHER_CASE),
        relay(CARLS, "carl"),
        relay(DORAS, "dora"),
        relay(EXPIRED, days=0),
        relay(REVOKED, revoked=True),
    )
}
CUSTOMERS_LETTER = "mnopqrstuvwx"

PASS = f"Authentication-Results: {HOST}; dmarc=pass header.from=acme.example"
FAIL = f"Authentication-Results: {HOST}; dmarc=fail header.from=acme.example"
OUR_HOST = f"Received: from out.example ([192.0.2.1]) by {HOST} with ESMTPS; Mon, 5 Jan 2026 09:59:58 +0000"
ELSEWHERE = "Received: from laptop ([192.0.2.66]) by out.example with ESMTPS; Mon, 5 Jan 2026 09:59:50 +0000"
PROOFS = {
    "pass": (PASS, OUR_HOST, ELSEWHERE),
    "fail": (FAIL, OUR_HOST, ELSEWHERE, PASS),
    "none": (OUR_HOST, ELSEWHERE),
    "forged": (OUR_HOST, ELSEWHERE, PASS, OUR_HOST),
}


def written(*headers: str, text: str = "Dear Ann, a new kettle is on its way.") -> bytes:
    return ("\n".join(headers) + f"\n\n{text}\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def reply(*more: str, proof: str = "pass", from_: str = f"From: Bea <{BEA}>", to: str = "") -> bytes:
    """Return Bea's answer to the letter about the case, or what takes its place."""
    return written(
        *PROOFS[proof],
        *filter(None, [from_]),
        f"To: {to or DESK.agent_address(LETTER)}",
        "Subject: Re: My kettle exploded [C-7F3K-9QXT]",
        "Message-ID: <answer@acme.example>",
        *more,
    )


THREAD = f"In-Reply-To: {DESK.message_id(LETTER)}"


# Replies as the common clients write them. The letter's own References hold the anchor of the case.

_TO, _ID, _ANCHOR = DESK.agent_address(LETTER), DESK.message_id(LETTER), DESK.thread_id(CASE)
_SES = RELAYS[LETTER].message_id
_GOOGLE = (
    "Delivered-To: complaints@acme.example",
    "Received: by 2002:a05:6638:25ca:b0:3a1:2b3c:77d1 with SMTP id u10csp1; Mon, 5 Jan 2026 02:00:00 -0800",
    "Received: from out.example (out.example. [192.0.2.1]) by mx.google.com with ESMTPS id x",
    "Authentication-Results: mx.google.com; dkim=pass header.i=@acme.example header.s=s1; dmarc=pass "
    "(p=REJECT sp=REJECT dis=NONE) header.from=acme.example",
)

# name: (authserv-id, trace, headers)
CLIENTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "Thunderbird": (
        HOST,
        PROOFS["pass"],
        (
            f"Message-ID: <{'0' * 8}-1111-2222-3333-{'4' * 12}@acme.example>",
            "Date: Mon, 5 Jan 2026 10:59:50 +0100",
            "User-Agent: Mozilla Thunderbird",
            "Subject: Re: My kettle exploded [C-7F3K-9QXT]",
            f"To: C-7F3K-9QXT via Acme Complaints <{_TO}>",
            f"References: {_ANCHOR}\n {_ID}",
            f"From: Bea Baker <{BEA}>",
            f"In-Reply-To: {_ID}",
        ),
    ),
    "Outlook for Windows": (
        HOST,
        PROOFS["pass"],
        (
            f'From: "Baker, Bea" <{BEA}>',
            f"To: '{_TO}' <{_TO}>",
            f"References: {_ANCHOR} {_ID}",
            f"In-Reply-To: {_ID}",
            "Subject: RE: My kettle exploded [C-7F3K-9QXT]",
            "Message-ID: <000001dc7e2a$0$0$0@acme.example>",
            "X-Mailer: Microsoft Outlook 16.0",
            "Thread-Index: AQHQsSJdqKa07/ELK0+2pr2mZbC2DA==",
        ),
    ),
    "Outlook on the web, Exchange Online on both sides": (
        "protection.outlook.com",
        (
            "Received: from DU0PR04MB1.eurprd04.prod.outlook.com (2603:10a6:10:32d::19) by\n "
            "AM0PR04MB2.eurprd04.prod.outlook.com with HTTPS; Mon, 5 Jan 2026 10:00:00 +0000",
            "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=acme.example; "
            "dkim=pass (signature was\n verified) header.d=acme.example;dmarc=pass action=none\n "
            "header.from=acme.example;compauth=pass reason=100",
            "Received-SPF: Pass (protection.outlook.com: domain of acme.example designates 192.0.2.1)",
            "Received: from AS8PR04CU009.outbound.protection.outlook.com (192.0.2.1) by\n "
            "AM6EUR05FT003.mail.protection.outlook.com (10.233.240.231) with Microsoft SMTP Server",
        ),
        (
            f"From: Bea Baker <{BEA}>",
            f"To: C-7F3K-9QXT via Acme Complaints\n\t<{_TO}>",
            "Subject: Re: My kettle exploded [C-7F3K-9QXT]",
            "Message-ID: <DB6PR0201MB2472@DB6PR0201MB2472.eurprd02.prod.outlook.com>",
            f"References: {_ID}",
            f"In-Reply-To: {_ID}",
            "x-ms-has-attach:",
            "X-MS-Exchange-CrossTenant-AuthAs: Internal",
        ),
    ),
    "Outlook for iOS": (
        HOST,
        PROOFS["pass"],
        (
            f"From: =?utf-8?Q?Bea_B=C3=A4cker?= <{BEA}>",
            f"To: <{_TO}>",
            "Subject: AW: My kettle exploded [C-7F3K-9QXT]",
            f"In-Reply-To: {_ID}",
            f"References: {_ID}",
        ),
    ),
    "Gmail on the web": (
        "mx.google.com",
        _GOOGLE,
        (
            f"References: {_ANCHOR} {_ID}",
            f"In-Reply-To: {_ID}",
            f"From: Bea Baker <{BEA}>",
            "Date: Mon, 5 Jan 2026 10:59:50 +0100",
            "Message-ID: <CAF=abc@mail.gmail.com>",
            "Subject: Re: My kettle exploded [C-7F3K-9QXT]",
            f"To: C-7F3K-9QXT via Acme Complaints <{_TO}>",
        ),
    ),
    "Gmail for Android": (
        "mx.google.com",
        _GOOGLE,
        (f"From: {BEA}", f"To: {_TO}", f"In-Reply-To: {_ID}", f"References: {_ID}", "Subject: Re: kettle"),
    ),
    "Apple Mail": (
        HOST,
        PROOFS["pass"],
        (
            "Content-Type: text/plain; charset=us-ascii",
            "Mime-Version: 1.0 (Mac OS X Mail 16.0)",
            "Subject: Re: My kettle exploded [C-7F3K-9QXT]",
            f"From: Bea Baker <{BEA}>",
            f"In-Reply-To: {_ID}",
            f"References: {_ANCHOR}\n {_ID}",
            f"To: C-7F3K-9QXT via Acme Complaints <{_TO}>",
        ),
    ),
    "iOS Mail, which keeps no References of ours": (
        HOST,
        PROOFS["pass"],
        (f"From: Bea <{BEA}>", f"In-Reply-To: {_ID}", f"To: {_TO}", "X-Mailer: iPhone Mail (22A3354)"),
    ),
    "K-9 Mail": (
        HOST,
        PROOFS["pass"],
        (
            f"From: Bea <{BEA}>",
            f"To: {_TO.upper()}",
            f"In-Reply-To: {_ID}",
            f"References: {_ANCHOR} {_ID}",
        ),
    ),
    "Samsung Email": (
        HOST,
        PROOFS["pass"],
        (f"From: {BEA.upper()}", f"To: {_TO}", f"In-Reply-To: {_ID}", "Importance: normal"),
    ),
    "Evolution": (
        HOST,
        PROOFS["pass"],
        (f"From: Bea Baker <{BEA}>", f"To: {_TO}", f"In-Reply-To: {_ID}", f"References: {_ANCHOR}\n\t {_ID}"),
    ),
    "KMail": (
        HOST,
        PROOFS["pass"],
        (f"From: Bea Baker <{BEA}>", f"To: {_TO}", f"In-Reply-To: {_ID}", f"References: {_ANCHOR} {_ID}"),
    ),
    "Mutt": (
        HOST,
        PROOFS["pass"],
        (f"From: Bea Baker <{BEA}>", f"To: {_TO}", f"References: {_ID}", f"In-Reply-To: {_ID}"),
    ),
    "Roundcube, stamped below our own Received": (
        HOST,
        (OUR_HOST, PASS),
        (
            f"From: Bea Baker <{BEA}>",
            f"To: C-7F3K-9QXT via Acme Complaints <{_TO}>",
            f"In-Reply-To: {_ID}",
            f"References: {_ANCHOR} {_ID}",
            "User-Agent: Roundcube Webmail/1.6.9",
        ),
    ),
    "Roundcube, put into the mailbox by LMTP": (
        HOST,
        (f"Received: from {HOST} ([203.0.113.5]) by box.acme.example with LMTP id x", OUR_HOST, PASS),
        (f"From: Bea Baker <{BEA}>", f"To: {_TO}", f"In-Reply-To: {_ID}"),
    ),
    "SOGo, to an alias, found in the envelope": (
        HOST,
        (f"Delivered-To: {_TO}", *PROOFS["pass"]),
        (f"From: Bea Baker <{BEA}>", "To: undisclosed-recipients:;", f"In-Reply-To: {_ID}"),
    ),
    "Yahoo Mail style, the newest of a long thread": (
        HOST,
        PROOFS["pass"],
        (
            f"From: Bea Baker <{BEA}>",
            f"To: {_TO}",
            f"In-Reply-To: {_ID}",
            f"References: {_ANCHOR} {DESK.message_id(OLDER)} <first.answer@acme.example> {_ID}",
        ),
    ),
    "any client, our Message-ID replaced by the provider": (
        HOST,
        PROOFS["pass"],
        (f"From: Bea Baker <{BEA}>", f"To: {_TO}", f"In-Reply-To: {_SES}", f"References: {_SES}"),
    ),
    "any client, Message-ID replaced, References kept by the provider": (
        HOST,
        PROOFS["pass"],
        (f"From: Bea <{BEA}>", f"To: {_TO}", f"In-Reply-To: {_SES}", f"References: {_ANCHOR} {_SES}"),
    ),
}


# Tokens that we did not make.

_STRANGER = Signer({"1": b"a secret that is not the desk's own secret"})
_RETIRED = Signer({"0": b"a secret of more than thirty-two bytes"})


def forged_tokens() -> Iterator[str]:
    """Yield more than 200 tokens in and near the right format, for letters that do exist."""
    for purpose in (Purpose.AGENT, Purpose.CONFIRM):
        for public_id in (LETTER, OLDER, QUESTION, CARLS, new_public_id()):
            genuine = DESK.signer.sign(purpose, public_id)
            head, mac = genuine[:-24], genuine[-24:]
            yield _STRANGER.sign(purpose, public_id)
            yield _RETIRED.sign(purpose, public_id)
            yield head
            yield head + mac[:-1]
            yield head + mac[:10]
            yield head + "a" * 24
            yield head + mac[::-1]
            yield head + mac + "a"
            yield purpose.value + "0" + genuine[2:]
            yield purpose.value + "2" + genuine[2:]
            yield purpose.value + "1" + OTHER_LETTER + mac
            yield purpose.value + "1" + mac
            # Tokens that we made for another purpose, and their ids under this one.
            for other in (Purpose.REPLY, Purpose.MESSAGE_ID, Purpose.RETURN_PATH, Purpose.THREAD):
                yield purpose.value + DESK.signer.sign(other, public_id)[1:]
            for place in (-24, -12, -1):
                swapped = "b" if genuine[place] != "b" else "c"
                yield genuine[:place] + swapped + genuine[len(genuine) + place + 1 :]
            yield head + base64.b32encode(secrets.token_bytes(15)).decode().lower()
            yield head + base64.b32encode(secrets.token_bytes(15)).decode().lower()


# Where a token could be put: headers that carry it. `{a}` is an address with it, `{i}` an id, `{t}` itself.
CARRIERS = {
    "To": "To: {a}",
    "Cc": "To: complaints@acme.example\nCc: {a}",
    "Delivered-To": "Delivered-To: {a}\nTo: complaints@acme.example",
    "X-Original-To": "X-Original-To: {a}\nTo: complaints@acme.example",
    "Envelope-To": "Envelope-To: {a}\nTo: complaints@acme.example",
    "Resent-To": "Resent-To: {a}\nTo: complaints@acme.example",
    "In-Reply-To": "In-Reply-To: {i}\nTo: complaints@acme.example",
    "References": "References: {i}\nTo: complaints@acme.example",
}
ELSEWHERE_CARRIERS = {
    "Subject": "To: complaints@acme.example\nSubject: Re: kettle [{t}] {a}",
    "Reply-To": "To: complaints@acme.example\nReply-To: {a}",
    "Message-ID": "To: complaints@acme.example\nMessage-ID: {i}",
    "a header of ours": "To: complaints@acme.example\nX-Mailproc-Token: {t}\nX-Mailproc-Agent: bea",
    "a display name": "To: {a} <complaints@acme.example>",
    "the text": "To: complaints@acme.example\n\n{t} {a} {i}",
    "another domain": "To: complaints+{t}@evil.example",
    "another mailbox": "To: sales+{t}@acme.example",
}


def carried(template: str, token: str) -> str:
    return template.format(t=token, a=f"complaints+{token}@acme.example", i=f"<{token}@acme.example>")


# Ways to write From so that two programs see two people, or that only look like Bea.

_EVE = "eve@evil.example"
_WORD = base64.b64encode(BEA.encode()).decode()
_TWO_HEADERS = [
    f"From: {a}\nFrom: {b}" for a, b in ((BEA, _EVE), (_EVE, BEA), (BEA, BEA), (f"Bea <{BEA}>", CARL))
]
_NAMES = ["", "Bea", '"Baker, Bea"', "=?utf-8?q?Bea?="]
_AMBIGUOUS_VALUES = [
    *(
        f"{a}{separator}{b}"
        for a, b in ((BEA, _EVE), (_EVE, BEA), (BEA, CARL))
        for separator in (",", ", ", ";", " ")
    ),
    *(f"{name} <{BEA}>, {_EVE}" for name in _NAMES),
    *(f"{name} <{_EVE}>, {BEA}" for name in _NAMES),
    *(f"{name} <{BEA}> <{_EVE}>" for name in _NAMES),
    *(f"{name} <{_EVE}> <{BEA}>" for name in _NAMES),
    *(f"{name} <{_EVE}> ({BEA})" for name in _NAMES),
    *(f"{name} <{BEA}> ({_EVE})" for name in _NAMES),
    *(f"{name} <<{BEA}>>" for name in _NAMES),
    *(f"{name} <@evil.example:{BEA}>" for name in _NAMES),
    *(f"{name} <@evil.example,@x.example:{BEA}>" for name in _NAMES),
    *(f"{name} <{BEA}" for name in _NAMES),
    *(f"{name} <{BEA}> x" for name in _NAMES),
    *(f"{name} < {BEA} >" for name in _NAMES[1:]),
    *(f'"{BEA}" <{_EVE}>', f"{BEA} <{_EVE}>", f"'{BEA}' <{_EVE}>", f"<{BEA}> {_EVE}", f"{_EVE} <{BEA}>"),
    *(f'"{_EVE}" <{BEA}>', f"'{_EVE}' <{BEA}>", f"{_EVE}\\ <{BEA}>", f"({_EVE}) {BEA}", f"{BEA} ({_EVE})"),
    *(f"Desk: {BEA};", f"Desk: Bea <{BEA}>, {_EVE};", f"Desk:;{BEA}", f"{BEA}; Desk: {_EVE};", "Desk:;"),
    *(f"=?utf-8?b?{_WORD}?=", f"=?utf-8?b?{_WORD}?= <{_EVE}>", f"<=?utf-8?b?{_WORD}?=>"),
    *(f"=?utf-8?q?{BEA}?=", "=?utf-8?q?bea?=@acme.example", "=?utf-8?q?bea=40acme.example?="),
    *(f"=?utf-8?q?Bea_=3C{BEA}=3E?= <{_EVE}>", f"=?utf-8?q?Bea_=3C{BEA}=3E=2C?= <{_EVE}>"),
    *(
        f"=?utf-8?q?{BEA}=0A?= <{_EVE}>",
        f"=?utf-8?q?=22{BEA}=22?= <{_EVE}>",
        f"=?utf-8?q?{BEA}=00?= <{_EVE}>",
    ),
    *(f"=?x?q?{BEA}?= <{_EVE}>", f"bea=?utf-8?q?=40?=acme.example <{_EVE}>"),
    *(
        f"{BEA}\x00.evil.example",
        f"{BEA}\x00@evil.example",
        "bea\x00@acme.example",
        f"{_EVE}\x00 <{BEA}>",
        f"<{_EVE}\x00> <{BEA}>",
    ),
    *(f"{BEA}@evil.example", "eve@evil.example@acme.example", "bea@@acme.example", "@acme.example"),
    *('"bea"@acme.example', '"bea@acme.example"@evil.example', '"be\\a"@acme.example', 'b"e"a@acme.example'),
    *("bea(x)@acme.example", "bea@acme(x).example", "bea @acme.example", "bea@ acme.example"),
    *(
        "bea@acme.example.",
        "bea@acme..example",
        ".bea@acme.example",
        "bea@[acme.example]",
        "bea@acme,example",
    ),
    *("bea+x@acme.example", "bea@mail.acme.example", "bea@acme.example.evil.example", "xbea@acme.example"),
    *("bea%evil.example@acme.example", "evil.example!bea@acme.example", "bea", "acme.example", "", " "),
    *("bea\u200b@acme.example", "b\u0435a@acme.example", "bea@acme\u3002example", "\uff42ea@acme.example"),
    *("bea@\uff41cme.example", "bea@acme.example\u202e", "be\u00ada@acme.example", "\u202ebea@acme.example"),
    *("bea@acme.exampl\u0435", "bea@acm\u00e9.example", "be\u0430@acme.example", "mailto:bea@acme.example"),
]
AMBIGUOUS_FROMS = [*_TWO_HEADERS, *(f"From: {value}" for value in dict.fromkeys(_AMBIGUOUS_VALUES)), ""]
STRANGERS_DESK = DeskAddress("complaints@acme.example", _STRANGER)
