"""How are words of a mail compared with phrases that we look for?

Both in small letters, without accents, with straight apostrophes and single spaces: people type them as they
come, and mail programs fold them.
"""

from __future__ import annotations

import re
import unicodedata


def plain(text: str) -> str:
    """Return a text as it is compared."""
    folded = text.replace("’", "'").casefold()
    if not folded.isascii():
        parted = unicodedata.normalize("NFKD", folded)
        folded = "".join(char for char in parted if not unicodedata.combining(char))
    return " ".join(folded.split())


def any_of(phrases: str) -> re.Pattern[str]:
    """Match one of the phrases, parted by `|`, as whole words of a plain text; a space is one or more."""
    parted = re.sub(r"\s*\|\s*", "|", phrases.strip())
    return re.compile(rf"(?<!\w)(?:{re.sub(' +', '[ ]+', parted)})(?!\w)")


# Turns the words behind it into their contrary, or leaves open which.
NEGATES = any_of(
    r"not | \w+n't | no | never | nobody | nothing | neither | nor | without | cannot | hardly |"
    "nem | ne | nincs | nincsenek | sem | se | soha | nelkul | alig | nicht | kein | keine | keinen |"
    "keiner | keinem | nie | niemals | niemand | nichts | ohne | weder | kaum"
)

# So many words in front of a phrase can turn it into its contrary: "I cannot say that I am unhappy".
_NEGATED_WITHIN = 5


def before(text: str, start: int) -> str:
    """Return the few words in front of a place that may turn what stands there into its contrary."""
    return " ".join(text[:start].split()[-_NEGATED_WITHIN:])
