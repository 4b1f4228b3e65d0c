"""How does a letter become words in its reader's language?

The only file that knows jinja2. Templates are read and compiled once, at start; rendering does no I/O.
Customers' words are data, never template source. The sandbox is a second wall, for templates that were
edited without thinking of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from traceback import walk_tb
from zoneinfo import ZoneInfo

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    meta,
    nodes,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from mailproc.errors import Fault, LetterError
from mailproc.outbound import catalogs, quoted
from mailproc.outbound.dates import long_date, long_moment, short_moment
from mailproc.outbound.figure_table import Unit, Value
from mailproc.outbound.kinds import LETTERS
from mailproc.outbound.kinds.kind import Rendered
from mailproc.outbound.numbers import figure

# Characters of one rendered file. Words of an agent of 256 KiB, the most that is read of a reply, go back to
# her complete; as HTML, with an element for each line, they may grow more than tenfold.
OUTPUT_LIMIT = 8_000_000
FORMS = ("subject.txt", "txt", "html")

_RENDER_ERRORS = (
    *(TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError),
)
_WORD = re.compile(r"(?:^|>)\s*[^\s<]")  # something to read, outside of tags
# Begun with what is sought: `\n{3,}` is tried at every character and takes ten times as long.
_BLANK_LINES, _EMPTY_LINES = re.compile(r"\n\n\n+"), re.compile(r"\n\n+")
_TAG = re.compile(r"<[^<>]*>")
_LANGUAGE = re.compile(
    r"(?:^|[/.])([a-z]{2,3})(?:\.subject)?\.(?:txt|html)$"
)  # acknowledgement/en.txt, _say.en.txt
_MENTIONED = 1000  # characters of a long text that must be found in a letter; what is longer may be cut

_FILTERS: Mapping[str, Callable[..., object]] = {
    "excerpt": quoted.excerpt,
    "hosts": quoted.hosts,
    "is_cut": quoted.is_cut,
    "lines": quoted.lines,
    "mailbox": quoted.mailbox,
    "marked": quoted.marked,
    "one_line": quoted.one_line,
    "paragraphs": quoted.paragraphs,
    "short": short_moment,
    "subject_line": quoted.subject_line,
    "wrapped": quoted.wrapped,
}


class Letters:
    """All templates of the desk, compiled. Make one with `load`."""

    def __init__(
        self, environment: ImmutableSandboxedEnvironment, languages: Sequence[str], zone: ZoneInfo
    ) -> None:
        self.languages = tuple(languages)
        self._environment = environment
        self._zone = zone
        environment.filters.update(_FILTERS)
        environment.filters["date"] = _date_filter(long_date, zone)
        environment.filters["moment"] = _date_filter(long_moment, zone)
        environment.filters["file_size"] = _write_size
        environment.filters["figure"] = _write_figure
        # Of a language that is not the desk's nothing is read: more languages cost no time at start.
        self.files = tuple(
            file
            for file in environment.list_templates(extensions=["txt", "html"])
            if (of := _LANGUAGE.search(file)) is None or of[1] in self.languages
        )
        self._templates: dict[str, Template] = {}
        self._catalogs: dict[str, Mapping[str, str]] = {}

    @classmethod
    def load(cls, dirs: Sequence[Path], languages: Sequence[str], *, zone: ZoneInfo) -> Letters:
        """Read all templates of `dirs`; of a file that stands in several, the first one counts.

        So an operator's folder before the packaged one replaces single files. Languages are in order of
        preference: the first is used when a letter lacks another. Dates are written in `zone`. Raises
        LetterError with every file that does not compile, or when a letter lacks the first language.
        """
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([str(folder) for folder in dirs]),
            undefined=StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(".html"),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        letters = cls(environment, languages, zone)
        faults = []
        for file in letters.files:
            try:
                letters._templates[file] = environment.get_template(file)
            except TemplateSyntaxError as error:
                faults.append(f"templates/{error.name or file}:{error.lineno}: {error.message}")
            except UnicodeDecodeError:
                faults.append(f"templates/{file}: is not UTF-8; save it as UTF-8")
        for letter in LETTERS:
            missing = letters.missing_files(letter, letters.languages[0])
            faults += [f"templates/{file}: is missing; {letter} needs it" for file in missing]
        if faults:
            raise LetterError("\n".join(faults))
        letters._catalogs = {
            language: catalogs.read(letters._sentences_of(language)) for language in letters.languages
        }
        return letters

    def catalog(self, language: str) -> Mapping[str, str]:
        """Return the desk's sentences in a language by their English patterns; see `sentences.py`."""
        return self._catalogs.get(language, {})

    def language_of(self, letter: str, wanted: str | None) -> str:
        """Return the language in which a letter is written: the first configured when it lacks another."""
        if wanted is None or wanted not in self.languages or self.missing_files(letter, wanted):
            return self.languages[0]
        return wanted

    def _sentences_of(self, language: str) -> Iterator[tuple[str, object]]:
        """Yield each catalog of a language with what it sets as `sentences`. Raises LetterError."""
        for file in self.files:
            if catalogs.is_one(file, language):
                try:
                    yield file, getattr(self._templates[file].module, "sentences", None)
                except _RENDER_ERRORS as error:
                    raise LetterError(f"templates/{_place(error, file)}: {error}") from error

    def missing_files(self, letter: str, language: str) -> list[str]:
        return [file for form in FORMS if (file := f"{letter}/{language}.{form}") not in self.files]

    def unknown_names(self, file: str, known: frozenset[str]) -> list[str]:
        """Return the names a template uses, in any branch, that nobody will give it."""
        loader = self._environment.loader
        assert loader is not None
        source, _, _ = loader.get_source(self._environment, file)
        tree = self._environment.parse(source)
        # jinja2 looks at each block apart from the imports above it and calls what was imported undeclared.
        imported = {name for node in tree.find_all(nodes.FromImport) for name in node.names}
        imported |= {node.target for node in tree.find_all(nodes.Import)}
        return sorted(meta.find_undeclared_variables(tree) - imported - known - {"self"})

    def render(self, letter: str, language: str | None, names: Mapping[str, object]) -> Rendered:
        """Return a letter in words; in the first configured language when it has no other.

        `names` are exactly those of its LetterKind. Raises LetterError, with file and line, when a
        template uses a name it was not given, and when a required part has no block or a fact is not
        mentioned, in the text or in the HTML: such a letter must not be sent. (`faulty_parts` looks
        closer; that is done once, at start, and not for every letter.)
        """
        kind = LETTERS[letter]
        if names.keys() != kind.names.keys():
            raise LetterError(f"{letter}: needs the names {sorted(kind.names)}, was given {sorted(names)}")
        if unsaid := [name for name in names if names[name] is None and name not in kind.optional]:
            raise LetterError(f"{letter}: has no value for {', '.join(unsaid)}, and must mention it")
        language = self.language_of(letter, language)
        given = {**names, "language": language}
        subject, _ = self._fill(f"{letter}/{language}.subject.txt", given)
        filled = []
        for form in ("txt", "html"):
            file = f"{letter}/{language}.{form}"
            words, context = self._fill(file, given)
            for part, fact in kind.parts.items():
                if part not in context.blocks:
                    raise LetterError(f"templates/{file}: has no block {part!r}, a required part; add it")
                if fact and not self._mentions(words, given[fact], language, file):
                    raise LetterError(f"templates/{file}: does not mention {fact}; write {{{{ {fact} }}}}")
            filled.append(words)
        return Rendered(
            letter=letter,
            language=language,
            subject=" ".join(subject.split()),
            text=_tidy(filled[0]),
            html=_without_empty_lines(filled[1]),
        )

    def faulty_parts(self, letter: str, language: str, names: Mapping[str, object]) -> Iterator[Fault]:
        """Yield required parts that are empty, stand nowhere in the letter, or do not mention their fact.

        Raises LetterError when the letter cannot be written.
        """
        for form in ("txt", "html"):
            file = f"{letter}/{language}.{form}"
            words, context = self._fill(file, {**names, "language": language})
            for part, fact in LETTERS[letter].parts.items():
                fault = partial(Fault, file=f"templates/{file}", path=f"block {part}")
                try:
                    written = "".join(context.blocks[part][0](context))
                except (
                    _RENDER_ERRORS
                ) as error:  # the letter itself could be written, so it is without this block
                    yield fault(
                        found=f"is not in the letter ({error})", remedy="give it a place in the layout"
                    )
                    continue
                if fact and names[fact] is None and not written.strip():
                    continue  # nothing to say, and nothing is said: no heading above an empty place
                if not _WORD.search(written):
                    yield fault(found="is empty", remedy="write this part; the letter must have it")
                elif written not in words:
                    yield fault(found="is not in the letter", remedy="give it a place in the layout")
                elif fact and not self._mentions(written, names[fact], language, file):
                    yield fault(found=f"does not mention {fact}", remedy=f"write {{{{ {fact} }}}}")

    def _fill(self, file: str, names: Mapping[str, object]) -> tuple[str, Context]:
        template = self._templates[file]
        context = template.new_context(dict(names))
        chunks, size = [], 0
        try:
            for chunk in template.root_render_func(context):
                chunks.append(chunk)
                size += len(chunk)
                if size > OUTPUT_LIMIT:
                    raise LetterError(f"templates/{file}: makes more than {OUTPUT_LIMIT} characters")
        except _RENDER_ERRORS as error:
            raise LetterError(f"templates/{_place(error, file)}: {error}; see templates/README.md") from error
        return "".join(chunks), context

    def _mentions(self, words: str, value: object, language: str, file: str) -> bool:
        """Whether a value stands in what was rendered; of several values each. None asks for nothing."""
        if value is None:
            return True
        if isinstance(value, (tuple, list)):
            return all(self._mentions(words, item, language, file) for item in value)
        fact = long_date(value, language, self._zone) if isinstance(value, date) else str(value)
        is_html = file.endswith(".html")
        if (str(escape(fact)) if is_html else fact) in words:
            return True
        # Long words are wrapped, marked and parted into elements: compared is what is left without that.
        if is_html:
            words = html.unescape(_TAG.sub("", words))
        return _squeezed(quoted.clean(fact[:_MENTIONED])) in _squeezed(words)


def _squeezed(text: str) -> str:
    return "".join(text.replace(quoted.BAR, "").split())


@pass_context
def _write_size(context: Context, octets: int) -> str:
    return quoted.file_size(octets, context["language"])


@pass_context
def _write_figure(context: Context, value: Value, unit: Unit) -> str:
    return figure(value, unit, context["language"])


def _date_filter(write: Callable[..., str], zone: ZoneInfo) -> Callable[[Context, datetime], str]:
    @pass_context
    def write_date(context: Context, value: datetime) -> str:
        return write(value, context["language"], zone)

    return write_date


def _place(error: BaseException, file: str) -> str:
    """File and line where rendering stopped: the innermost frame that is a template's."""
    place = file
    for frame, line in walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template):
            place = f"{template.name}:{template.get_corresponding_lineno(line)}"
    return place


def _without_empty_lines(html: str) -> str:
    return _EMPTY_LINES.sub("\n", html).strip("\n") + "\n"


def _tidy(text: str) -> str:
    """No blanks at line ends, never two empty lines, one line break at the end; else the template's lines."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n") + "\n"
