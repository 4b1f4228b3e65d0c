"""Where everything is kept: one SQL database, SQLite or PostgreSQL, by the same code.

`database.py` opens it and makes transactions, `tables.py` says what is in it, `journal.py` keeps what was
received, `casebook.py` the cases with their history, `outbox.py` what is to be sent, `leases.py` who is
working on what. Rows never leave this folder; what comes out is frozen.
"""
