"""Reading configuration files, and the documents made from the models."""

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml
from fuzzing import in_time
from pydantic import BaseModel

from replicortex.config import ConfigError, load_config, read_yaml
from replicortex.config.__main__ import main
from replicortex.config.documents import example, json_schema
from replicortex.config.schema import Configuration

ROOT = Path(__file__).parents[1]


def wrong(tmp_path, content):
    path = tmp_path / "c.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert all(line.startswith(f"{path}: ") for line in caught.value.problems)
    return [line.removeprefix(f"{path}: ") for line in caught.value.problems]


def test_missing_file(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such file; give the path of a configuration"):
        load_config(tmp_path / "nowhere.yaml")


def test_folder(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", ["line 3: not valid YAML"]),
        ("a: 1\n\tb: 2\n", ["line 2: not valid YAML"]),
        ("a: 1\nb: 2\na: 3\n", ["line 3: 'a' is already in line 1"]),
        (
            "x: {k: 1,\n k: 2}\ny:\n  z: 1\n  z: 1\n",
            ["line 2: 'k' is already", "line 5: 'z' is already in line 4"],
        ),
        (
            "a: !!python/object/apply:os.system [echo]\n",
            ["line 1: not valid YAML: could not determine a constructor"],
        ),
        ("a: &x [*x, *y]\n", ["line 1: not valid YAML: found undefined alias"]),
        ("? [1, 2]\n: 3\n? {a: 1}\n: 4\n", ["line 1: not valid YAML"]),
        ("- 1\n- 2\n", ["holds a list, not a mapping"]),
        ("", ["is empty, not a mapping"]),
        ("a: 1\n---\nb: 2\n", ["line 2: not valid YAML"]),
        (b"a: \xff\n", ["byte 3 is not UTF-8"]),
        (b"a: \x00\n", ["not valid YAML"]),
        ("a: 2020-13-45\n", ["line 1: '2020-13-45' is a date, which no setting takes; put it in quotes"]),
        ("a: " + "9" * 5000 + "\n", ["line 1: '999"]),
        ("a:\n  " + "[" * 300_000, ["line 2: nested too deeply"]),
        ("a: " + "{a: " * 101 + "}" * 101, ["line 1: nested too deeply"]),
        (" " * 2_000_001, ["2000001 bytes is too long"]),
    ],
)
def test_files_that_are_no_configuration(tmp_path, content, expected):
    found = wrong(tmp_path, content)
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True))


def test_repeated_aliases_neither_hang_nor_fill_the_memory(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    found = wrong(tmp_path, "\n".join(lines))
    assert any(line.startswith("a11: unknown key") for line in found)
    assert max(map(len, found)) < 1000
    nested = (
        "\n".join(lines) + "\nschedules: {paper: {}}\nexperiments: {one: {seeds: *a11, grid: {tasks.train: {x: *a11}}}}"
    )
    assert any("experiments.one.seeds" in line for line in wrong(tmp_path, nested))


def test_merge_keys_do_not_explode(tmp_path):
    path = tmp_path / "c.yaml"
    levels = ["x0: &x0 {" + ", ".join(f"k{i}: {i}" for i in range(8)) + "}"]
    levels += [f"x{i}: &x{i} {{<<: [{', '.join([f'*x{i - 1}'] * 8)}]}}" for i in range(1, 9)]
    path.write_text("\n".join(levels))
    with in_time("eight levels of eight"):
        assert read_yaml(path)["x8"] == {f"k{i}": i for i in range(8)}
        assert any(line.startswith("x8: unknown key") for line in wrong(tmp_path, "\n".join(levels)))
    many = "a: &a {" + ", ".join(f"k{i}: 1" for i in range(20_000)) + "}\n"
    with in_time("twenty merges of 20000 keys"):
        (line,) = wrong(tmp_path, many + "".join(f"b{i}: {{<<: *a}}\n" for i in range(20)))
    assert line == "line 7: merge keys (<<) copy more than 100000 settings"
    with in_time("a list of 400000"):
        assert wrong(tmp_path, "- a\n" * 400_000) == [
            "line 100000: too long for a configuration; 100000 values at most"
        ]


def test_merges_are_in_the_order_of_yaml(tmp_path):
    text = "a: &a {p: 1, q: 1}\nb: &b {q: 2, r: 2}\nc: {s: 3, <<: [*a, *b], q: 4}\nd: {<<: *a, p: null}\n"
    path = tmp_path / "c.yaml"
    path.write_text(text)
    found, told = read_yaml(path), yaml.safe_load(text)
    assert found == told and [list(found[key]) for key in "cd"] == [list(told[key]) for key in "cd"]


def test_merged_anchors_are_no_duplicates(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "schedules: {paper: {}}\n"
        "experiments:\n"
        "  one: &one {seeds: 1, network: {units: 8}}\n"
        "  two: {<<: *one, seeds: 2}\n"
        "  three: {<<: *one, seeds: 3}\n"
    )
    study = load_config(path)
    assert [len(study[name].seeds) for name in ("one", "two", "three")] == [1, 2, 3]
    assert study["three"].network.units == 8


def test_byte_order_mark(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(path) == {"a": 1}


@pytest.mark.parametrize(("name", "text"), [("config.schema.json", json_schema), ("config.example.yaml", example)])
def test_documents_are_in_step(name, text):
    assert (ROOT / "docs" / name).read_text() == text(), "run python -m replicortex.config"


def test_check_sees_a_stale_document(tmp_path, capsys):
    assert main(["--docs", str(tmp_path)]) == 0
    assert main(["--docs", str(tmp_path), "--check"]) == 0
    (tmp_path / "config.example.yaml").write_text("scale: smoke\n")
    capsys.readouterr()
    assert main(["--docs", str(tmp_path), "--check"]) == 1
    assert "config.example.yaml: out of step" in capsys.readouterr().out
    assert (tmp_path / "config.example.yaml").read_text() == "scale: smoke\n"


def _settings(model):
    for name, field in model.model_fields.items():
        yield name, field
        for inner in _models(field.annotation):
            yield from _settings(inner)


def _models(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def test_every_setting_is_described_and_shown():
    text = example()
    for name, field in _settings(Configuration):
        assert field.description
        assert f"{name}:" in text
        assert field.description.split()[0] in text


def test_example_holds_the_defaults():
    study = load_config(ROOT / "docs" / "config.example.yaml")
    plain = load_config({"schedules": {"paper": {}}, "experiments": {"reference": {}}})
    assert study["reference"] == plain["reference"]


def test_commented_sections_of_the_example_load_too():
    lines = (ROOT / "docs" / "config.example.yaml").read_text().splitlines()
    start = lines.index("    # sequential:")
    section = "\n".join(line.removeprefix("    # ") for line in lines[start:] if line.startswith("    # "))
    section = yaml.safe_load(section[: section.index("networks to start from")])["sequential"]
    tasks = {"train": [task for block in section["blocks"] for task in block]}
    one = {"sequential": section, "tasks": tasks}
    assert load_config({"schedules": {"paper": {}}, "experiments": {"one": one}})["one"].sequential.xi == 0.01


@pytest.mark.parametrize("name", ["config.yaml", "docs/config.example.yaml"])
def test_json_schema_accepts_what_we_accept(name):
    schema = json.loads(json_schema())
    validator = _validator(schema)
    assert list(validator.iter_errors(yaml.safe_load((ROOT / name).read_text()))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network/activation", "sofplus"),
        ("network/units", 0),
        ("network/unit", 5),
        ("tasks/train", ["fdg0"]),
        ("training/trials", 0.5),
        ("regularisers/plastic_fraction", 2),
        ("scales/smoke/trials", -1),
        ("seeds", -3),
    ],
)
def test_json_schema_refuses_what_we_refuse(path, value):
    data = {"schedules": {"paper": {}}, "experiments": {"one": {}}}
    place = data["experiments"]["one"]
    *above, last = path.split("/")
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
    assert not _validator(json.loads(json_schema())).is_valid(data)
    with pytest.raises(ConfigError):
        load_config(data)


def _validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)
