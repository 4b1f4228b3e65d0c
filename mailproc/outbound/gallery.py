"""How do all letters look, on a telephone and on a desk? As files, with one page that shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from mailproc.addressing import DeskAddress, Signer
from mailproc.outbound.compose import AutoSubmitted, compose
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Rendered
from mailproc.outbound.letters import Letters
from mailproc.outbound.specimens import specimen

INDEX = "index.html"

# An imagined moment and an imagined secret: a preview written twice has the same bytes, and its addresses
# prove nothing to any desk.
_AT = datetime(2026, 11, 22, 9, 16, tzinfo=UTC)
_SECRET = b"only for previews of letters"

_WIDTHS = (390, 700)  # CSS pixels: a common telephone, and a little more than a letter is wide
_HEIGHT = 900

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px; font: 16px/1.5 -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
nav a { margin-right: 14px; white-space: nowrap; }
h2 { margin: 48px 0 0; }
h3 { margin: 24px 0 4px; font-size: 16px; overflow-wrap: anywhere; }
.frames { display: flex; gap: 20px; overflow-x: auto; }
iframe { flex: none; border: 1px solid #8888; border-radius: 8px; }
"""


def files(letters: Letters, zone: ZoneInfo) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file: each letter as HTML, text and mail, and the page of them all."""
    sections: list[str] = []
    for letter, kind in LETTERS.items():
        sections.append(f'<h2 id="{letter}">{letter}</h2>\n<p>To the {kind.to}: {escape(kind.when)}.</p>')
        for language in letters.languages:
            names = specimen(letter, language)
            rendered = letters.render(letter, language, names)
            name = f"{letter}.{language}"
            yield f"{name}.html", rendered.html.encode()
            yield f"{name}.txt", f"Subject: {rendered.subject}\n\n{rendered.text}".encode()
            yield f"{name}.eml", _mail(rendered, str(names["desk_name"]), zone)
            sections.append(_shown(name, rendered))
    yield INDEX, _page(sections).encode()


def _mail(letter: Rendered, desk_name: str, zone: ZoneInfo) -> bytes:
    return compose(
        letter,
        desk=DeskAddress("complaints@example.com", Signer({"0": _SECRET})),
        desk_name=desk_name,
        recipient="reader@customer.example",
        public_id="preview00000",
        reference="C-7F3K-9QXT",
        now=_AT,
        zone=zone,
        automatic=AutoSubmitted.GENERATED,
    ).raw


def _shown(name: str, letter: Rendered) -> str:
    links = " · ".join(f'<a href="{name}.{form}">{form}</a>' for form in ("html", "txt", "eml"))
    frames = "".join(
        f'<iframe sandbox loading="lazy" width="{width}" height="{_HEIGHT}" src="{name}.html"'
        f' title="{name}, {width} pixels wide"></iframe>\n'
        for width in _WIDTHS
    )
    heading = f"<h3>{letter.language}: {escape(letter.subject)}</h3>\n<p>{links}</p>"
    return f'{heading}\n<div class="frames">\n{frames}</div>'


def _page(sections: list[str]) -> str:
    links = "\n".join(f'<a href="#{letter}">{letter}</a>' for letter in LETTERS)
    body = "\n".join(sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Letters</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Letters</h1>\n<nav>\n{links}\n</nav>\n{body}\n"
        "</body>\n</html>\n"
    )
