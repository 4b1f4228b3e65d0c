"""How does mail get in and out? The network edges: IMAP in `imap.py`, SMTP in `smtp.py`.

Nothing here knows what a case is. `connection.py` carries bytes under a deadline for both protocols and
`tls.py` says whom we trust; the modules with a prefix belong to the one they are named after.
"""
