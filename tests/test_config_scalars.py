"""Numbers are what a scientist reads; whatever YAML would make something else of is refused with file and line."""

from __future__ import annotations

import math

import pytest

from replicortex.config import ConfigError, load_config, read_yaml
from replicortex.config.scalars import misread, number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-3", -3),
        ("+7", 7),
        ("256", 256),
        ("1.5e6", 1.5e6),
        ("1e7", 1e7),
        ("5.", 5.0),
        (".5", 0.5),
        ("0.05", 0.05),
        ("1.0e-3", 1e-3),
        ("2E+2", 200.0),
        (".inf", math.inf),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("S10", "S10"),
        ("a b", "a b"),
        ("'0256'", "0256"),
        ('"1:30"', "1:30"),
        ("'yes'", "yes"),
        ("1.2.3", "1.2.3"),
        ("v1_0", "v1_0"),
        ("1e", "1e"),
        ("=", "="),
    ],
)
def test_values_without_surprise(tmp_path, text, value):
    path = tmp_path / "c.yaml"
    path.write_text(f"a: {text}\n")
    found = read_yaml(path)["a"]
    assert found == value and type(found) is type(value)


MISREAD = {
    "0256": "write 256",
    "-012": "write -12",
    "08": "write 8",
    "00": "write 0",
    "007.5": "write 7.5",
    "01e3": "write 1e3",
    "1:30": "base 60",
    "-1:30:05.5": "base 60",
    "0x10": "write 16",
    "-0b101": "write -5",
    "0o17": "write 15",
    "1_000": "write 1000",
    "1_000.5": "write 1000.5",
    "10_000_000": "write 10000000",
    "1 000": "write 1000",
    "1\u202f000\u202f000": "write 1000000",
    "1'000": "write 1000",
    "1,5": "write 1.5",
    "1,000": "without a comma",
    "\u0663": "write 3",
    "\u0661\u0662.5": "write 12.5",
    "\uff11\uff12": "write 12",
    "\u22125": "write -5",
    "\u0660\u0661:\u0663\u0660": "base 60",
    "\u0967\u0968_0": "write 120",
    "9" * 500: "at most 400",
}


@pytest.mark.parametrize("text", MISREAD)
def test_numbers_that_are_read_in_more_than_one_way(tmp_path, text):
    """Written plainly they are refused with their line, in quotes where a number belongs with their setting."""
    path = tmp_path / "c.yaml"
    path.write_text(f"experiments:\n  one:\n    network:\n      units: {text}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    (line,) = caught.value.problems
    assert line.startswith(f"{path}: line 4: ") and MISREAD[text] in line and len(line) < 400
    with pytest.raises(ConfigError) as caught:
        load_config({"experiments": {"one": {"network": {"units": text}}}})
    (line,) = caught.value.problems
    assert line.startswith("config.yaml: experiments.one.network.units: ") and MISREAD[text] in line
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: yes\n", "line 1: 'yes' is true or false to some and text to others; write true, or"),
        ("a: 1\nb: {c: Off}\n", "line 2: 'Off' is true or false to some"),
        ("a:\n  no: 1\n", "line 2: 'no' is true or false"),
        ("a: {true: 1}\n", "line 1: 'true' is no name"),
        ("a: {3: 1}\n", "line 1: '3' is no name"),
        ("a: {0256: 1}\n", "line 1: '0256' is not a plain number; YAML reads leading zeros as base 8; write 256"),
        ("a: 2020-02-29\n", "line 1: '2020-02-29' is a date"),
        ("a: !!int '3'\n", "line 1: not valid YAML: could not"),
        ("a: &x 3\n*x : 1\n", "line 2: not valid YAML: an alias"),
        ("a: {<<: 5}\n", "line 1: not valid YAML: << takes"),
        ("a: &x {b: *x}\n", "line 1: not valid YAML: found undefined alias *x"),
        ("a: {<<: {b: 1}, <<: {c: 2}}\n", "line 1: '<<' is already in line 1; merge several with <<: [*a, *b]"),
    ],
)
def test_what_else_is_read_in_more_than_one_way(tmp_path, text, told):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    (line,) = caught.value.problems
    assert line.startswith(f"{path}: {told}")


def test_nothing_else_is_taken_for_a_number():
    assert [
        text for text in ("a", "12a", "e5", "-", ".", "1-2", "10.1.2", "1:2:x", "x_1", "0xg") if misread(text)
    ] == []
