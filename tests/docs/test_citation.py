"""CITATION.cff can be read by what reads such files, and says what the project says of itself."""

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = {"type": "string", "minLength": 1}
# The fields that are used here, as the Citation File Format 1.2.0 defines them. A person has
# family-names, an entity has a name; a licence is an SPDX identifier.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cff-version", "message", "title", "authors"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": SENTENCE,
        "type": {"enum": ["software", "dataset"]},
        "title": SENTENCE,
        "abstract": SENTENCE,
        "authors": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {"name": SENTENCE},
            },
        },
        "version": {"type": ["string", "number"]},
        "license": {"enum": ["MIT", "Apache-2.0", "BSD-3-Clause"]},
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": SENTENCE},
    },
}


@pytest.fixture(scope="module")
def citation() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def test_it_is_a_citation_file(citation: dict[str, Any]):
    jsonschema.validate(citation, SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cff-version": 1.2},
        {"authors": []},
        {"authors": [{"family-name": "Authors"}]},
        {"license": "MIT License"},
        {"licence": "MIT"},
        {"title": ""},
    ],
)
def test_what_the_format_does_not_know_is_found(citation: dict[str, Any], wrong: dict[str, Any]):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(citation | wrong, SCHEMA)


def test_it_says_what_the_project_says_of_itself(citation: dict[str, Any]):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    same = {"version": "version", "license": "license", "abstract": "description"}
    assert {name: str(citation[name]).rstrip(".") for name in same} == {
        name: project[other] for name, other in same.items()
    }
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert licence.startswith(f"{citation['license']} License")
    assert all(author["name"] in licence for author in citation["authors"])
