"""Does the desk survive being killed anywhere? A run that kills it hundreds of times and keeps its own books.

    python -m tests.crash --mails 2000 --kills 200 --database sqlite --seed 1

A real daemon works on a real Dovecot and a hostile SMTP sink, is killed with SIGKILL at its named points
and at random moments, and is started again at once. Meanwhile mails come in, some by two routes, some
under a stolen Message-ID, and the mailbox loses its UIDs now and then. Afterwards the database is read
with plain SQL and compared with what was put in and what the sink has accepted.

    mails.py         what customers and strangers send
    sink.py          the SMTP server that defers, cuts and remembers
    ledger.py        the comparison; it never asks mailproc
    nursery.py       starts daemons quickly
    harness.py       lives, kills and the end of a run
    due.py           another run, in which due times pass while it is killed
    wrong_daemon.py  a desk with its steps in the wrong order, on which the harness must find faults
"""
