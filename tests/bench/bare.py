"""How fast is the least that could be called the same work? One mail after the other, and no logic at all.

Fetch it, parse it, commit it to SQLite, send a letter: the four libraries with nothing between them. It
knows no cases, loses mail in a crash, and answers everybody. What the desk costs beyond it is its own.
"""

from __future__ import annotations

import json
import resource
import smtplib
import sqlite3
import sys
import time
from email.message import EmailMessage

import mailparser
from imapclient import IMAPClient

from tests.bench.mailbox import DESK


def run(imap_port: int, smtp_port: int, user: str, password: str, database: str) -> dict[str, float]:
    """Do it for every mail in the mailbox; return count, seconds, and seconds of processor time."""
    store = sqlite3.connect(database, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute(
        "CREATE TABLE mails (uid INTEGER PRIMARY KEY, sender TEXT, subject TEXT, body TEXT, raw BLOB)"
    )
    mailbox = IMAPClient("127.0.0.1", imap_port, ssl=False)
    mailbox._imap.debug = 0  # as the desk does: imapclient formats every literal for a log nobody reads
    mailbox.login(user, password)
    mailer = smtplib.SMTP("127.0.0.1", smtp_port, local_hostname="helpdesk.example")
    started, used = time.monotonic(), _processor_time()
    mailbox.select_folder("INBOX")
    uids = mailbox.search()
    for uid in uids:
        raw = mailbox.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
        mail = mailparser.parse_from_bytes(raw)
        sender, body = mail.from_[0][1], "\n".join(mail.text_plain)
        store.execute("INSERT INTO mails VALUES (?, ?, ?, ?, ?)", (uid, sender, mail.subject, body, raw))
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = DESK, sender, "We have your mail"
        letter.set_content("Thank you. We have your mail and will write to you.\n")
        mailer.send_message(letter)
    seconds, used = time.monotonic() - started, _processor_time() - used
    mailer.quit()
    mailbox.logout()
    return {"mails": len(uids), "seconds": seconds, "cpu": used}


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    imap_port, smtp_port, user, password, database = sys.argv[1:]
    print(json.dumps(run(int(imap_port), int(smtp_port), user, password, database)))
