"""Can the whole desk be seen at work on one machine? The demonstration behind `mailproc demo`.

    people → story → mails      who writes what, what must come of it, and the mails as programs make them
                                (the story: its first day, then `answers` and `raising`)
    servers → stage             the embedded mail servers, and the unchanged daemon between them
    play → view → checks        scene by scene: send, wait, look, compare
    show, gallery → pages       what a person sees: on the terminal, and as pages and files afterwards

Needs the extra `demo`; nothing but the command imports it.
"""
