"""What an agent's mail commands: every command and spelling, and that nothing doubtful passes for words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailproc.addressing import ALPHABET, find_references
from mailproc.cases.calendars import Span, Unit
from mailproc.errors import CommandError, CommandFault
from mailproc.inbound.command_clashes import CLASHES, clash_of
from mailproc.inbound.command_table import BY_NAME, FORM_OF, FORMS
from mailproc.inbound.command_words import Shape, fold
from mailproc.inbound.commands import (
    LINES_LIMIT,
    VALUE_LIMIT,
    Command,
    Instructions,
    Use,
    Vocabulary,
    Word,
    help_lines,
    read_commands,
)

TODAY = date(2026, 11, 20)
DESK = Vocabulary(
    agents=("Ann Archer", "Bob", "Zoë"),
    teams=("billing", "Second line"),
    categories=("delay", "quality", "staff"),
    outcomes=("upheld", "partly_upheld", "not_upheld", "withdrawn", "out_of_scope"),
    causes=("service", "quality", "other"),
    remedies=("apology", "refund", "none"),
    templates=("holding", "more_information"),
    outside=("Lab Ltd",),
)


def reference(body: str) -> str:
    """Return the reference with this body and the check character that belongs to it."""
    return next(found[0] for char in ALPHABET if (found := find_references(f"C-{body[:4]}-{body[4:]}{char}")))


CASE, OTHER_CASE = reference("7F3K9QX"), reference("2345678")

# A value that each shape of value takes, and what of the command it sets.
GOOD: dict[Word, list[tuple[str, dict[str, object]]]] = {
    Word.REPLY: [("", {})],
    Word.NOTE: [("", {}), ("She rang.", {"text": "She rang."})],
    Word.DRAFT: [("", {})],
    Word.SEND: [("", {}), ("now", {"choice": "now"}), ("Jetzt", {"choice": "now"})],
    Word.STOP: [("", {})],
    Word.TEMPLATE: [("holding", {"choice": "holding"}), ("More information", {"choice": "more_information"})],
    Word.TAKE: [("", {})],
    Word.ASSIGN: [
        ("Bob", {"agent": "Bob"}),
        ("ann archer", {"agent": "Ann Archer"}),
        ("zoe.", {"agent": "Zoë"}),
        ("BILLING", {"team": "billing"}),
        ("second-line", {"team": "Second line"}),
        ("none", {}),
        ("senki", {}),
    ],
    Word.PRIORITY: [
        ("high", {"choice": "high"}),
        ("Dringend", {"choice": "urgent"}),
        ("magas", {"choice": "high"}),
        ("normal.", {"choice": "normal"}),
    ],
    Word.URGENCY: [
        ("low", {"choice": "low"}),
        ("high: the law says five days", {"choice": "high", "text": "the law says five days"}),
    ],
    Word.IMPACT: [("hoch alle Kunden", {"choice": "high", "text": "alle Kunden"})],
    Word.CATEGORY: [("Delay", {"choice": "delay"})],
    Word.WAIT: [
        ("", {"choice": "customer"}),
        ("other", {"choice": "other"}),
        ("3d", {"choice": "customer", "span": Span(3, Unit.CALENDAR_DAYS)}),
        ("kunde 2 Wochen", {"choice": "customer", "span": Span(2, Unit.WEEKS)}),
        ("until 3 Dec", {"choice": "customer", "until": date(2026, 12, 3)}),
        ("other until 2026-12-03", {"choice": "other", "until": date(2026, 12, 3)}),
    ],
    Word.EXTEND: [
        ("5d no part", {"span": Span(5, Unit.CALENDAR_DAYS), "text": "no part"}),
        ("5 days no part", {"span": Span(5, Unit.CALENDAR_DAYS), "text": "no part"}),
        ("until 3 Dec 2026 no part", {"until": date(2026, 12, 3), "text": "no part"}),
        ("3.12. no part", {"until": date(2026, 12, 3), "text": "no part"}),
        ("until 3 Dec 12 parts are missing", {"until": date(2026, 12, 3), "text": "12 parts are missing"}),
    ],
    Word.STAGE: [("2", {"choice": "2"}), ("02 she rang", {"choice": "2", "text": "she rang"})],
    Word.HAPPENED: [
        ("implemented", {"choice": "implemented"}),
        ("Information received", {"choice": "information_received"}),
        ("umgesetzt gestern", {"choice": "implemented", "on": date(2026, 11, 19)}),
        ("implemented 3 Dec", {"choice": "implemented", "on": date(2025, 12, 3)}),
        ("implemented 20.11. booked", {"choice": "implemented", "on": TODAY, "text": "booked"}),
        (
            "paused court proceedings, on 3 November 2026",
            {"choice": "paused", "on": date(2026, 11, 3), "text": "court proceedings"},
        ),
        ("deadlocked, it takes 3d", {"choice": "deadlocked", "text": "it takes 3d"}),
        ("implemented undo", {"choice": "implemented", "undo": True}),
        ("objections-ended visszavon", {"choice": "objections_ended", "undo": True}),
    ],
    Word.ESCALATE: [
        ("above my limit", {"text": "above my limit"}),
        ("Lab Ltd: measure it", {"outside": "Lab Ltd", "text": "measure it"}),
        (
            "lab ltd with originals, measure it",
            {"outside": "Lab Ltd", "originals": True, "text": "measure it"},
        ),
        (
            "Lab Ltd until 3 Dec eredetivel measure it",
            {"outside": "Lab Ltd", "until": date(2026, 12, 3), "originals": True, "text": "measure it"},
        ),
        (
            "Lab Ltd mit Original 5d 3d are enough",
            {
                "outside": "Lab Ltd",
                "span": Span(5, Unit.CALENDAR_DAYS),
                "originals": True,
                "text": "3d are enough",
            },
        ),
        ("Lab Ltd ohne Originale", {"outside": "Lab Ltd", "originals": False}),
        (
            "Lab Ltd eredeti levelek nélkül: measure it",
            {"outside": "Lab Ltd", "originals": False, "text": "measure it"},
        ),
        ("billing with originals they know", {"team": "billing", "text": "with originals they know"}),
    ],
    Word.REMIND: [("", {}), ("lab ltd.", {"outside": "Lab Ltd"})],
    Word.RESOLVE: [
        ("upheld", {"choice": "upheld"}),
        ("Partly upheld", {"choice": "partly_upheld"}),
        (
            "not-upheld cause = other remedy=“apology”",
            {"choice": "not_upheld", "cause": "other", "remedy": "apology"},
        ),
        (
            "upheld amount=49,90 EUR remedy=refund",
            {"choice": "upheld", "amount": Decimal("49.90"), "currency": "EUR", "remedy": "refund"},
        ),
    ],
    Word.CLOSE: [("", {}), ("settled", {"text": "settled"})],
    Word.REOPEN: [("", {}), ("it leaks again", {"text": "it leaks again"})],
    Word.APPROVE: [("", {}), ("well done", {"text": "well done"})],
    Word.REJECT: [("the refund is hers", {"text": "the refund is hers"})],
    Word.SPAM: [("", {})],
    Word.MERGE: [(CASE, {"references": (CASE,)}), (f"[{CASE.lower()}]", {"references": (CASE,)})],
    Word.SPLIT: [("", {})],
    Word.LINK: [(f"{CASE}, {OTHER_CASE} {CASE}", {"references": (CASE, OTHER_CASE)})],
    Word.CC: [
        ("+a@x.example", {"addresses": ("a@x.example",)}),
        ("a@x.example, b@x.example", {"addresses": ("a@x.example", "b@x.example")}),
        ("+a@x.example –b@x.example", {"addresses": ("a@x.example",), "removed": ("b@x.example",)}),
        ("a@x.example<mailto:a@x.example>", {"addresses": ("a@x.example",)}),
    ],
    Word.FROM: [("<ann@x.example>", {"addresses": ("ann@x.example",)})],
    Word.ORIGINAL: [("", {})],
    Word.HISTORY: [("", {})],
    Word.IMPROVE: [("ask the workshop first", {"text": "ask the workshop first"})],
    Word.FIND: [("kettle lid", {"text": "kettle lid"})],
    Word.HELP: [("", {}), ("#close", {"choice": "close"}), ("Lezár", {"choice": "close"})],
}
BAD: dict[Word, list[str]] = {
    Word.REPLY: ["yes"],
    Word.DRAFT: ["now"],
    Word.SEND: ["later"],
    Word.STOP: ["it"],
    Word.TEMPLATE: ["", "holdng"],
    Word.TAKE: ["it"],
    Word.ASSIGN: ["", "Bo", "Bobby", "bob@x.example"],
    Word.PRIORITY: ["", "highest", "high please"],
    Word.URGENCY: ["", "normal", "yes"],
    Word.IMPACT: ["", "5"],
    Word.CATEGORY: ["", "dealy"],
    Word.WAIT: ["a bit", "3", "0d", "400d", "until 1 Jan 2020", "until 31 Feb", "3/12", "customer soon"],
    Word.EXTEND: ["", "5d", "no part", "0d no part", "until 2020-01-01 no part"],
    Word.STAGE: ["", "two", "0", "100", "2nd"],
    Word.HAPPENED: [
        "",
        "something",
        "implement",
        "received",
        "implemented 2026-11-21",
        "implemented until 31 Feb",
        "implemented 31 Feb",
        "implemented 3d",
        "implemented 2 weeks ago",
        "implemented booked on 2030-01-01",
    ],
    Word.ESCALATE: ["", "Lab Ltd 0d measure it", "Lab Ltd until 31 Feb measure it"],
    Word.REMIND: ["Lab", "bob"],
    Word.RESOLVE: [
        "",
        "cause=service",
        "solved",
        "upheld because=service",
        "upheld cause=",
        "upheld cause=service cause=other",
        "upheld amount=1.000",
        "upheld amount=1,000.50",
        "upheld amount=$5",
        "upheld amount=EUR 5 EUR",
        "upheld amount=some",
        "upheld remedy=none amount=5",
        "upheld amount=5 for the trouble",
    ],
    Word.REJECT: [""],
    Word.SPAM: ["surely"],
    Word.MERGE: [
        "",
        "1042",
        f"{CASE} {OTHER_CASE}",
        CASE[:-1],
        CASE[:-1] + "?",
        f"{CASE}x",
        f"ticket/{CASE}",
    ],
    Word.SPLIT: ["it"],
    Word.LINK: ["", ",", "kettle"],
    Word.CC: ["", "+", "ann", "+a@x.example -a@x.example"],
    Word.FROM: ["", "ann", "a@x.example b@x.example", "Ann <ann@x.example>"],
    Word.ORIGINAL: ["2"],
    Word.HISTORY: ["all"],
    Word.IMPROVE: [""],
    Word.FIND: [""],
    Word.HELP: ["me"],
}
EVERY_GOOD = [(word, value, said) for word, rows in GOOD.items() for value, said in rows]
EVERY_BAD = [(word, value) for word, values in BAD.items() for value in values]
WITH_WORDS = {Word.REPLY, Word.DRAFT}


def read(text: str, vocabulary: Vocabulary = DESK) -> Instructions:
    return read_commands(text, vocabulary, today=TODAY)


def faults(text: str, vocabulary: Vocabulary = DESK) -> Sequence[CommandFault]:
    with pytest.raises(CommandError) as caught:
        read(text, vocabulary)
    return caught.value.faults


def fault(text: str, vocabulary: Vocabulary = DESK) -> CommandFault:
    (one,) = faults(text, vocabulary)
    return one


def words_of(text: str) -> list[Word]:
    return [command.word for command in read(text).commands]


# Every command


def test_the_tables_of_this_test_know_every_command():
    assert set(GOOD) == set(Word) == {form.word for form in FORMS}
    takes_anything = {form.word for form in FORMS if form.shape is Shape.TEXT and not form.required}
    assert set(BAD) == set(Word) - takes_anything


@pytest.mark.parametrize(("word", "value", "said"), EVERY_GOOD)
def test_a_good_value_is_read(word: Word, value: str, said: dict[str, object]):
    words = "Dear Ann" if word in WITH_WORDS or (word is Word.NOTE and not value) else ""
    (command,) = read(f"#{word} {value}\n{words}").commands
    assert command == replace(Command(word=word, value=value, line=1), **said)


@pytest.mark.parametrize(("word", "value"), EVERY_BAD)
def test_a_bad_value_is_a_fault_that_shows_the_line_and_what_to_write(word: Word, value: str):
    line = f"#{word} {value}".strip()
    found = fault(f"{line}\nDear Ann")
    assert (found.line, found.written) == (1, line)
    assert found.found and re.search("write|leave|choose|name|send", found.remedy)


def test_no_name_means_two_commands():
    """Also without accents, and with ae, oe, ue for the German letters."""
    names = [fold(name) for form in FORMS for name in form.names]
    assert len(names) == len(set(names))
    assert all(BY_NAME[fold(name)] is form for form in FORMS for name in form.names)


@pytest.mark.parametrize("name", [name for form in FORMS for name in form.names])
def test_every_alias_is_its_command(name: str):
    form = BY_NAME[fold(name)]
    value = GOOD[form.word][-1][0]
    assert words_of(
        f"#{name.upper()} {value}\nDear Ann\n" if form.word in WITH_WORDS else f"#{name} {value}"
    ) == [form.word]


@pytest.mark.parametrize(
    "line", ["#schliessen", "#SCHLIESSEN", "#Lezar", "#close.", "#Close", "#ＣＬＯＳＥ", "＃close", "﹟close"]
)
def test_a_keyboard_without_the_letters_is_understood(line: str):
    assert words_of(line) == [Word.CLOSE]


@pytest.mark.parametrize("line", ["#uebernehmen", "#ubernehmen", "#enyem"])
def test_umlauts_may_be_written_in_two_ways(line: str):
    assert words_of(line) == [Word.TAKE]


@pytest.mark.parametrize(
    "line",
    [
        "#priority\u00a0high",
        "\u00a0 #priority high",
        "\ufeff#priority high",
        "#prio\u00adrity high",
        "#priority:\u3000high\u200b",
        "\u202a#priority high\u202c",
        "#priority\thigh",
    ],
)
def test_characters_that_phones_put_in_do_not_matter(line: str):
    (command,) = read(line).commands
    assert (command.word, command.choice) == (Word.PRIORITY, "high")


# What is a command, what is words


def test_commands_stand_at_the_top_with_blank_lines_between_and_before():
    got = read("\n \n#take\n\n\u00a0\n#priority high\r\n\r\nDear Ann,\n\n#close\n")
    assert [(command.word, command.line) for command in got.commands] == [(Word.TAKE, 3), (Word.PRIORITY, 6)]
    assert got.words == "Dear Ann,\n\n#close\n"
    assert got.use is Use.ANNOUNCED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "Dear Ann",
        "Dear Ann\n#close",
        "> #close",
        ">#close\n#close",
        "| #close",
        "* #close",
        "# Your kettle\n#close",
        "## Your kettle",
        "-- \n#StaySafe",
        "\u200b\nDear Ann",
        "a #close",
    ],
)
def test_a_mail_that_begins_otherwise_has_no_commands_and_its_words_are_untouched(text: str):
    got = read(text)
    assert (got.commands, got.words, got.use) == ((), text, Use.ANNOUNCED)


@pytest.mark.parametrize(
    "line",
    ["#StaySafe", "#1 on your list", "#", "##", "##close", "#!", "#-close", "#️⃣close", "#closeit", "#nte"],
)
def test_a_line_that_begins_with_the_sign_is_never_silently_words(line: str):
    found = fault(f"{line}\nDear Ann")
    assert found.line == 1
    assert faults(f"#take\n\n{line}\nDear Ann")[0].line == 3


@pytest.mark.parametrize(
    "line", ["# note", "# Note she is angry", "#\u00a0assign Bob", "## close", "＃ lezár"]
)
def test_a_sign_apart_from_a_known_command_is_a_fault(line: str):
    assert "no space" in fault(f"{line}\nDear Ann").found


def test_the_note_that_a_phone_took_apart_is_offered_whole():
    assert fault("# note\nShe is angry").remedy.startswith("write `#note`")


def test_commands_below_the_words_are_words_and_are_pointed_out():
    got = read("A new one is on its way.\n  #resolve upheld\n> #close\n#StaySafe\n# close\n")
    assert got.commands == ()
    assert got.late == ("#resolve upheld",)


def test_commands_alone_leave_no_words():
    got = read("#take\n\n \n")
    assert (got.words, got.late) == ("", ())


# Faults


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("#asign Bob", "`#assign Bob`"),
        ("#prioriti high", "`#priority high`"),
        ("#lezárr", "`#close`"),
        ("#assign Bobb", "`#assign Bob`"),
        ("#assign Ann", "Ann Archer"),
        ("#category qualty", "`#category quality`"),
        ("#resolve upheeld", "`#resolve upheld`"),
        ("#resolve upheld cause=servise", "`cause=service`"),
        ("#resolve upheld remedy=refnud", "`remedy=refund`"),
        ("#resolve upheld cuase=service", "`cause=`"),
        ("#priority hihg", "`#priority high`"),
        ("#template holdng", "`#template holding`"),
        ("#help asign", "`#help assign`"),
        ("#take me", "`#take`"),
        ("#merge 1042", "C-7F3K-9QXT"),
        ("#resolve", "upheld"),
        ("#done", "#resolve OUTCOME"),
        ("#wait untill 3 Dec", "until 3 Dec"),
    ],
)
def test_a_fault_says_what_to_write_instead(line: str, remedy: str):
    assert remedy in fault(line).remedy


def test_all_faults_of_a_mail_come_at_once_in_order():
    resolve = "#resolve uphold cause=servise amount=1.000"
    found = faults(f"#asign Bob\n#take\n{resolve}\n#StaySafe\n#take\n\nDear Ann\n#nonsense")
    assert [one.line for one in found] == [1, 3, 3, 3, 4, 5]
    assert [one.line for one in faults("#take\n#take\n#StaySafe")] == [2, 3]


def test_a_fault_is_a_sentence_with_line_words_and_remedy():
    error = CommandError([fault("\n#asign Bob")])
    assert str(error).startswith("line 2: #asign Bob: there is no command `#asign`; write `#assign Bob`")


def test_a_faulty_mail_still_tells_that_she_wanted_to_stop():
    for text, stop in [("#stop\n#asign Bob", True), ("#stop it", False), ("#asign Bob", False)]:
        with pytest.raises(CommandError) as caught:
            read(text)
        assert caught.value.stop is stop


def test_a_desk_without_names_says_so():
    assert "none is configured" in fault("#category delay", Vocabulary()).remedy


def test_a_name_of_two_is_not_guessed():
    two = Vocabulary(agents=("Ann B", "ann-b"), teams=("Bob",))
    assert "may be any of" in fault("#assign ANN B", two).found
    assert read("#assign ann-b", two).commands[0].agent == "ann-b"
    both = Vocabulary(agents=("Bob",), teams=("Bob",))
    assert "an agent and a team" in fault("#assign bob", both).found


def test_a_value_of_the_limit_is_read_and_a_longer_one_is_a_fault():
    assert read("#close " + "x" * VALUE_LIMIT).commands[0].text == "x" * VALUE_LIMIT
    assert "201 characters" in fault("#close " + "x" * (VALUE_LIMIT + 1)).found


def test_a_mail_has_at_most_twenty_commands_and_no_more_are_looked_at():
    line = f"#link {CASE}\n"
    assert len(read(line * LINES_LIMIT).commands) == LINES_LIMIT
    found = faults(line * LINES_LIMIT + "#nonsense\n" * 1000)
    assert [one.line for one in found] == [LINES_LIMIT + 1]


def test_what_a_fault_quotes_is_short():
    found = fault("#" + "x" * 100_000)
    assert len(str(found)) < 600


# One mail, several commands


@pytest.mark.parametrize(
    "text",
    [
        "#assign Bob\n#assign billing",
        "#take\n#assign Bob",
        "#send\n#draft\nDear Ann",
        "#note\n#resolve upheld\nDear Ann",
        "#note\n#reply\nDear Ann",
        "#note\n#draft\nDear Ann",
        "#note\n#send",
        "#draft\n#resolve upheld\nDear Ann",
        "#stop\n#send now",
        "#spam\n#reply\nDear Ann",
        "#spam\n#cc +a@x.example",
        f"#merge {CASE}\n#resolve upheld",
        "#close\n#reopen",
        "#resolve upheld\n#close",
        "#resolve upheld\n#wait 3d",
        "#escalate too much\n#resolve upheld",
        "#escalate too much\n#reply\nDear Ann",
        "#approve\n#reject no",
        "#approve\n#reply\nDear Ann",
        "#from a@x.example\n#resolve upheld\nMy kettle broke",
        "#priority low\n#priority high",
    ],
)
def test_what_contradicts_itself_comes_back(text: str):
    assert fault(text).line == 2


@pytest.mark.parametrize(
    "text",
    [
        "#take\n#priority high\n#category delay\n#urgency low\n#impact high",
        "#assign Bob\n#note\nPlease look",
        "#assign Bob\n#reply\nDear Ann",
        "#stop\n#reply\nDear Ann",
        "#stop\n#draft\nDear Ann",
        "#wait 3d\n#reply\nDear Ann",
        "#note\n#wait other 3d\nThe supplier knows",
        "#escalate too much\n#assign billing",
        "#resolve upheld\n#cc +a@x.example",
        f"#link {CASE}\n#link {OTHER_CASE}",
        "#extend 5d no part\n#wait other",
        "#send now\n#take",
        "#from a@x.example\n#category delay\nMy kettle broke",
    ],
)
def test_what_goes_together_passes(text: str):
    assert len(read(text).commands) >= 2


def test_every_clash_holds_in_both_orders():
    for first, second in combinations(Word, 2):
        assert clash_of(first, second) is clash_of(second, first)
    assert all(clash.why for clash in CLASHES)


@pytest.mark.parametrize("kept", [Word.NOTE, Word.DRAFT])
@pytest.mark.parametrize("leaves", [form.word for form in FORMS if form.use is Use.ANSWER] + [Word.SEND])
def test_words_that_stay_never_meet_a_command_that_sends(kept: Word, leaves: Word):
    assert clash_of(kept, leaves) is not None


# What the words are for


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("#reply\nDear Ann", Use.ANSWER),
        ("#note\nShe is angry", Use.NOTE),
        ("#note She is angry\nVery", Use.NOTE),
        ("#draft\nDear Ann", Use.DRAFT),
        ("#from a@x.example\nMy kettle", Use.ON_BEHALF),
        ("#resolve upheld\nDear Ann", Use.ANSWER),
        ("#template holding\nDear Ann", Use.ANSWER),
        ("#take\nDear Ann", Use.ANNOUNCED),
        ("#wait 3d\nDear Ann", Use.ANNOUNCED),
        ("#escalate too much\nShe is angry", Use.NOTE),
        ("#stop\nSorry", Use.NOTE),
        ("#stop\n#reply\nDear Ann", Use.ANSWER),
        ("#take\n#history\nThanks", Use.NOTE),
        ("#assign Bob\n#note\nShe is angry", Use.NOTE),
        ("#assign Bob\n#reply\nDear Ann", Use.ANSWER),
        ("#assign Bob\n#resolve upheld\nDear Ann", Use.ANSWER),
        ("#assign Bob", Use.NOTE),
    ],
)
def test_the_words_are_for_whom_the_commands_say(text: str, use: Use):
    assert read(text).use is use


@pytest.mark.parametrize("line", ["#assign Bob", "#close", "#reopen", "#send", "#send now", "#wait other 3d"])
def test_words_that_could_be_for_either_come_back(line: str):
    found = fault(f"{line}\nShe is angry")
    assert "#reply" in found.remedy and "#note" in found.remedy
    assert read(line).words == ""


@pytest.mark.parametrize("line", ["#reply", "#draft", "#note"])
def test_a_command_about_words_needs_some(line: str):
    assert "no words" in fault(f"{line}\n \n").found


# Times


@pytest.mark.parametrize(
    ("written", "until"),
    [
        ("until 3 Dec", date(2026, 12, 3)),
        ("until Dec 3", date(2026, 12, 3)),
        ("by the 3rd December", date(2026, 12, 3)),
        ("3. Dezember 2026", date(2026, 12, 3)),
        ("bis 3.12.", date(2026, 12, 3)),
        ("bis 3. 12. 2026", date(2026, 12, 3)),
        ("dec. 3.", date(2026, 12, 3)),
        ("2026.12.03.", date(2026, 12, 3)),
        ("15 März", date(2027, 3, 15)),
        ("március 15", date(2027, 3, 15)),
        ("20 Nov", TODAY),
        ("19 Nov", date(2027, 11, 19)),
    ],
)
def test_days_are_read_as_people_write_them(written: str, until: date):
    (command,) = read(f"#wait {written}").commands
    assert (command.until, command.span) == (until, None)


@pytest.mark.parametrize(
    "written", ["19 Nov 2026", "29 Feb", "1 Jan 2028", "32 Dec", "3 Foo", "12/03", "ma 3"]
)
def test_days_that_cannot_be_meant_are_refused(written: str):
    assert fault(f"#wait until {written}").line == 1


@given(day=st.dates(min_value=TODAY, max_value=TODAY + timedelta(days=364)))
def test_every_day_of_the_coming_year_is_itself_with_and_without_a_year(day: date):
    for written in (f"{day:%Y-%m-%d}", f"{day:%d.%m.}", f"{day:%d.%m.%Y}", f"{day.day} {day:%b}"):
        assert read(f"#wait until {written}").commands[0].until == day


# Properties

_LINES = st.sampled_from(
    [f"#{word} {value}".strip() for word, value, _ in EVERY_GOOD]
    + [f"#{word} {value}".strip() for word, value in EVERY_BAD]
    + [
        "",
        "Dear Ann",
        "> #close",
        "# note",
        "#",
        "＃",
        "# Title",
        "\u2028",
        "\x0b#close\x0c",
        "#cc +ü@\u0130.example",
    ]
)
_TEXTS = st.one_of(
    st.text(),
    st.builds("\n".join, st.lists(_LINES)),
    st.builds("#{} {}".format, st.sampled_from(sorted(BY_NAME)), st.text(max_size=VALUE_LIMIT + 5)),
    st.builds("#{}{}".format, st.text(), st.text()),
)


@settings(max_examples=1000)
@given(text=_TEXTS)
@example("#resolve =")
@example("#resolve upheld amount=999999999,-")
@example("#cc -")
@example("#wait 9999-12-31")
def test_nothing_but_a_command_error_ever_comes_out(text: str):
    try:
        got = read(text)
    except CommandError as error:
        assert error.faults
        assert all(one.found and one.remedy and one.line >= 1 for one in error.faults)
    else:
        assert text.endswith(got.words)
        assert len(got.commands) <= LINES_LIMIT


@settings(max_examples=300)
@given(text=_TEXTS)
def test_without_the_sign_at_the_top_there_are_no_commands(text: str):
    got = read(f"Dear Ann,\n{text}")
    assert (got.commands, got.words) == ((), f"Dear Ann,\n{text}")


@settings(max_examples=300)
@given(text=st.text())
def test_words_below_the_commands_are_returned_unchanged(text: str):
    words = f"Dear Ann,{text}"
    assert read(f"#take\r\n\n#priority high\n\n{words}").words == words


_SOUND = st.lists(st.sampled_from([(word, value) for word, value, _ in EVERY_GOOD]), min_size=1, max_size=6)


@settings(max_examples=500)
@given(chosen=_SOUND, name=st.integers(0, 10))
def test_commands_written_out_and_read_again_are_the_same(chosen: list[tuple[Word, str]], name: int):
    """By any of their names; what contradicts itself does so again."""
    names = [FORM_OF[word].names for word, _ in chosen]
    text = "\n".join(
        f"#{all_[name % len(all_)]} {value}" for all_, (_, value) in zip(names, chosen, strict=True)
    )
    try:
        got = read(f"{text}\nDear Ann")
    except CommandError:
        return
    written = "\n".join(str(command) for command in got.commands)
    assert read(f"{written}\nDear Ann") == got


# Help


def test_help_tells_of_every_command():
    lines = help_lines()
    assert [line.split()[0].rstrip(":") for line in lines] == [f"#{word}" for word in Word]
    assert all(form.does.endswith(".") for form in FORMS)


def test_help_on_one_command_gives_its_other_names_and_an_example():
    assert help_lines(Word.WAIT) == (
        "#wait [customer or other] [TIME]: "
        "Wait for the customer (or for somebody else); the case comes back at that time.",
        "Also: #vár, #warten",
        "Example: #wait customer 3d",
    )


@pytest.mark.parametrize("form", [form for form in FORMS if form.example], ids=lambda form: form.word)
def test_the_examples_of_the_table_are_understood(form):
    text = form.example.replace("C-7F3K-9QXT", CASE)
    assert words_of(text) == [form.word]


def test_the_examples_of_the_page_for_agents_are_understood():
    """All but those in its section about faults, which are faults."""
    page = (Path(__file__).parents[2] / "docs" / "agents.md").read_text(encoding="utf-8")
    names = replace(
        DESK,
        remedies=(*DESK.remedies, "replacement"),
        templates=("holding", "information_request"),
    )
    understood = 0
    for section in page.split("\n## ")[1:]:
        blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.MULTILINE)
        for block in (block for block in blocks if "#" in block):
            lines = [line.strip() for line in block.strip().splitlines()]
            if section.startswith("When something"):
                assert all(faults(re.split(r" {2,}", line)[0], names) for line in lines)
            elif "#lezár" in block:
                assert all(read(line, names).commands for line in lines)
            else:
                assert read("\n".join(lines), names).commands
            understood += 1
    assert understood >= 8
