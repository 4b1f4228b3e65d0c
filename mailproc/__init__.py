"""mailproc: a complaints desk that lives in a mailbox.

Mail passes through the packages in this order:

    transports   raw bytes come in by IMAP
    inbound      what is this mail, may it be answered, which case or agent is it? (values in, values out)
    cases        what follows for the complaint? (the rules of the trade, no I/O)
    outbound     the letter it calls for, as words and as a mail (values in, values out)
    store        case, history, letter and disposition, in one transaction
    transports   raw bytes go out by SMTP

`jobs` joins them, one unit of work at a time, and carries out what agents write (`jobs/orders`); `desk`
is what every job is given; `daemon` keeps the jobs running; `cli` and `demo` are what people start.
`docs/design.md` follows one message from end to end.
"""

__version__ = "0.1.0"
