"""core.sheets.students: lists as courses export them, and what is wrong with a line."""

import pytest

from core.failures import Failure
from core.sheets.students import Student, read_students

ADA, JÖRG = Student("Ada Lovelace", "12"), Student("Jörg Groß", "13")
BOTH = [ADA, JÖRG]


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace,12\nJörg Groß,13",
        "Ada Lovelace;12\r\nJörg Groß;13\r\n\r\n",
        "12\tAda Lovelace\n13\tJörg  Groß\n",
        "id,name\n12,Ada Lovelace\n13,Jörg Groß\n",
        "Nachname;Vorname;Matrikelnummer\nLovelace;Ada;12\nGroß;Jörg;13",
        "Name;Vorname;Matrikelnummer\nLovelace;Ada;12\nGroß;Jörg;13",
        "name,surname,id\nAda,Lovelace,12\nJörg,Groß,13",
        "Name;Nachname;Vorname;id\nAda Lovelace;Lovelace;Ada;12\nJörg Groß;Groß;Jörg;13",
        'name;number\n"Ada Lovelace";12\n"Jörg Groß";13',
        "Ada,Lovelace,12\nJörg,Groß,13",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
def test_a_list_is_read_however_it_is_written(text, encoding):
    assert read_students(text.encode(encoding), "list.csv") == BOTH


def test_a_list_that_excel_has_saved_keeps_its_letters():
    """In Latin-1 these bytes are control characters, at one of which Python would end the line."""
    names = ["Šimon Željko", "D’Angelo Zoë", "Smith … Jones"]
    text = "".join(f"{name};{number}\r\n" for number, name in enumerate(names))
    assert [one.name for one in read_students(text.encode("cp1252"), "class.csv")] == names
    assert read_students(b"J\x81rg;1", "class.csv")[0].identifier == "1"  # no letter in cp1252


def test_without_numbers_the_name_identifies():
    found = read_students("Ada\nJörg Groß\n".encode(), "list.csv")
    assert found == [Student("Ada", "Ada"), Student("Jörg Groß", "Jörg Groß")]
    assert read_students("Jo\u0308rg".encode(), "list.csv") == [Student("Jörg", "Jörg")]


def test_students_of_the_same_name_are_told_apart_on_their_sheets():
    found = read_students(b"Li Wei,4\nLi Wei,5\nAda,6\n", "list.csv")
    assert [one.name for one in found] == ["Li Wei (4)", "Li Wei (5)", "Ada"]
    assert [one.identifier for one in found] == ["4", "5", "6"]
    found = read_students(b"A (2),1\nA,2\nA,3\n", "list.csv")
    assert len({one.name for one in found}) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "list.csv names no students"),
        (b"name,id\n", "list.csv names no students"),
        (b"Ada,1\n" + b"B" * 140_000, "Line 2 of list.csv is no list's line"),
        (b"Ada\n\nBob\n", "Line 2 of list.csv is empty"),
        (b"Ada;1\n ; \nBob;2\n", "Line 2 of list.csv is empty"),
        (b"name,id\nAda,\n", "Line 2 of list.csv names no student"),
        (b"Ada,1\nBob,2\nAda,1\n", "Lines 1 and 3 of list.csv are the same student, 1"),
        (b"A" * 201, "Line 1 of list.csv has a name of more than 200"),
        (b"A\0", "list.csv is no list of students"),
        (b"A" * 2**21, "list.csv is no list of students"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(content, said):
    with pytest.raises(Failure, match=said):
        read_students(content, "list.csv")
