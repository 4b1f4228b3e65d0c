"""What goes out: a letter becomes words (`letters`), the words become a mail (`compose`).

    kinds ──► letters ──► compose ──► headers, bodies ──► recheck
       └────► lint          └──► subjects

Pure: values in, values out. Templates are read once, by `Letters.load`.
"""
