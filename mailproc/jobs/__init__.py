"""What the daemon does, one unit of work at a time.

`fetch` journals what lies in a mailbox, `receive` turns a journaled mail into a case event, `deliver`
sends what is queued, `warn` tells agents what is due, `survey` asks customers how they found a decision,
`close` ends what is decided and undisputed. They do not know one another: what joins them is the
database. Each unit takes one piece of work, decides, records it together with the mail it calls for, and
commits; only then is a mailbox touched or a mail sent.
"""
