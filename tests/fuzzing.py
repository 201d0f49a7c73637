"""Mutations of configurations and of files, and the judge of what became of them.

The number of mutations is `REPLICORTEX_FUZZ`, by default what takes some seconds; `make fuzz` sets it to 5000, which
makes 2500 files of each kind. Every mutation has a number, and is the same in every run of one `REPLICORTEX_FUZZ_SEED`.
"""

from __future__ import annotations

import copy
import datetime
import gc
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

COUNT = int(os.environ.get("REPLICORTEX_FUZZ", "150"))
SEED = os.environ.get("REPLICORTEX_FUZZ_SEED", "")  # others draw other mutations
SECONDS = 1.0  # of the processor time of this thread (others may still spin), within which every answer has to come
HANGS = 30.0  # seconds of the clock after which it never will


@dataclass(frozen=True)
class Text:
    """A mutated configuration file."""

    content: bytes
    what: str
    always_wrong: bool  # whatever the rest of the file says


@contextmanager
def in_time(what: str) -> Iterator[None]:
    """Fail if the body takes longer than an answer may, and break it off if it hangs."""

    def stop(*_: object) -> None:
        raise AssertionError(f"{what}: hangs")

    before = signal.signal(signal.SIGALRM, stop)
    collects = gc.isenabled()
    gc.disable()  # or the garbage of every test before, up to a second of it, would be counted here
    signal.setitimer(signal.ITIMER_REAL, HANGS)
    begun = time.thread_time()
    try:
        yield
        assert time.thread_time() - begun < SECONDS, f"{what}: took {time.thread_time() - begun:.1f} s"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if collects:
            gc.enable()


# --- configurations -------------------------------------------------------------------------------------------------

NEVER = (  # no setting takes these
    *(float("nan"), float("inf"), -float("inf"), 10**400, -(10**400)),
    *(b"\x00\xff", datetime.date(2020, 2, 29), datetime.datetime(2020, 1, 1, 12), {1, 2}),
    *({None: 1}, {"\u0000": []}, [[[[[[[[]]]]]]]], [{"a": [{"b": {}}]}]),
)
SELDOM = (  # most settings do not take these, some do
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e-320, 1e308, 2**31, 2**63, 2**64, 10**18, "", " ", "1e7", "1e999"),
    *("0x10", "1_000", "12:30:45", "٣", "½", "NaN", "null", "~", "yes", "-", "--help", "..", "../../x", "/etc/passwd"),
    *("a/b", "a\\b", "a b", "$(touch canary)", "`touch canary`", "; touch canary", "{wildcard}", "{", "%s", "\u202e"),
    *("\u0000", "\ud7ff", "\U0001f9e0" * 50, "e\u0301" * 40, "\u200b", "\n", "x" * 5000, "9" * 300, [], {}, [None]),
    *([0, 0], list(range(300)), {"a": 1}, {"": ""}, {"fdgo": "1"}, ["fdgo", "fdgo"], ["fdgo"], "fdgo", "all"),
)


def _places(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from _places(value, (*above, key))


def _at(data: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        data = data[key]
    return data


def mutated_mapping(data: dict[str, Any], rng: random.Random) -> tuple[Any, str, bool]:
    """A configuration with a setting replaced, renamed, removed, doubled or moved.

    Returns the mapping, what was done to it, and whether that is wrong wherever it was done.
    """
    data = copy.deepcopy(data)
    place = rng.choice(list(_places(data)))
    parent, key = _at(data, place[:-1]), place[-1]
    free = "grid" in place  # whose values have names of the user's choice
    kind = rng.choice(["never", "never", "seldom", "seldom", "rename", "remove", "move", "wrap", "grow"])
    told = f"{kind} at {place}"
    if kind == "never":
        parent[key] = rng.choice(NEVER)
        return data, f"{told}: {parent[key]!r:.60}", not free
    if kind == "seldom":
        parent[key] = rng.choice(SELDOM)
    elif kind == "rename" and isinstance(parent, dict):
        name = rng.choice(
            [f"{key}x", str(key).upper(), f" {key}", f"{key}\u200b", 5, None, True, "../x", "{x}", "a" * 99]
        )
        parent[name] = parent.pop(key)
        return data, f"{told}: {name!r}", not isinstance(name, str) and not free
    elif kind == "remove":
        del parent[key]
    elif kind == "move":
        other = rng.choice(list(_places(data)))
        parent[key] = copy.deepcopy(_at(data, other))
    elif kind == "wrap":
        for _ in range(rng.choice([1, 2, 90, 300])):
            parent[key] = rng.choice([lambda v: [v], lambda v: {"a": v}])(parent[key])
    elif kind == "grow" and isinstance(parent, dict):
        parent["strange"] = rng.choice([*NEVER, *SELDOM])
        return data, f"{told}: strange", not free and not _of_free_names(place[:-1])
    return data, told, False


def _of_free_names(place: tuple[Any, ...]) -> bool:
    return place in (("experiments",), ("schedules",), ("primer",), ("force", "experiments"))


class _Dumper(yaml.SafeDumper):
    """Writes aliases out, so that a text says what it seems to say."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def mutated_text(text: str, rng: random.Random) -> Text:
    """A configuration file damaged, or made to do what YAML could be made to do."""
    change = rng.choice([*_DAMAGES, *_TRICKS, *_TRICKS])
    content, wrong = change(text, rng)
    return Text(content, change.__name__.strip("_"), wrong)


def mutated_configuration(data: dict[str, Any], text: str, number: int) -> Text:
    """The mutation of a number, of a mapping or of the text it was read from."""
    rng = random.Random(f"{SEED}configuration {number}")
    if rng.random() < 0.35:
        return mutated_text(text, rng)
    wrong, told = False, []
    try:
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            data, what, always = mutated_mapping(data, rng)
            told, wrong = [*told, what], always if not told else False  # a later one may undo an earlier one
        content = yaml.dump(data, Dumper=_Dumper, allow_unicode=rng.random() < 0.5, sort_keys=False).encode()
    except RecursionError:
        content, wrong = b"a: " + b"[" * 5000, True
    return Text(content, "; ".join(told), wrong)


Changed = tuple[bytes, bool]


def _line(text: str, rng: random.Random) -> tuple[str, str, str]:
    """A line with a setting on it, what stands before it and what after it."""
    lines = text.splitlines(keepends=True)
    number = rng.choice([i for i, line in enumerate(lines) if ":" in line.split("#")[0]])
    return "".join(lines[:number]), lines[number], "".join(lines[number + 1 :])


def _set(text: str, rng: random.Random, value: str) -> bytes:
    before, line, after = _line(text, rng)
    return f"{before}{line.split(':')[0]}: {value}\n{after}".encode("utf-8", "surrogatepass")


def _flipped(text: str, rng: random.Random) -> Changed:
    return flip(text.encode(), rng), False


def _truncated(text: str, rng: random.Random) -> Changed:
    return text.encode()[: rng.randrange(len(text))], False


def _repeated(text: str, rng: random.Random) -> Changed:
    before, line, after = _line(text, rng)
    return f"{before}{line}{line}{after}".encode(), False


def _shuffled(text: str, rng: random.Random) -> Changed:
    lines = text.splitlines(keepends=True)
    rng.shuffle(lines)
    return "".join(lines).encode(), False


def _indented(text: str, rng: random.Random) -> Changed:
    before, line, after = _line(text, rng)
    return f"{before}{rng.choice([' ', '   ', chr(9), chr(160), chr(0x2003)])}{line}{after}".encode(), False


def _encoded(text: str, rng: random.Random) -> Changed:
    how = rng.choice(["utf-16", "utf-32", "utf-16-le", "cp037"])
    return text.encode(how, "replace"), True


def _foreign(text: str, rng: random.Random) -> Changed:
    return rng.choice([b"", b"\x7fELF" + bytes(99), b"%PDF-1.4", b"[1]", b"{}", b"5", b"--- a\n--- b\n", b"\x00" * 9,
                       rng.randbytes(300), b"PK\x03\x04", b"# only\n", b"!!binary |\n  aGk=\n"]), True  # fmt: skip


def _object(text: str, rng: random.Random) -> Changed:
    tag = rng.choice(["python/object/apply:os.system [touch canary]", "python/object/new:os.system [touch canary]",
                      "python/name:os.system ''", "python/module:os ''", "python/object:subprocess.Popen {}",
                      "python/object/apply:subprocess.check_output [[touch, canary]]", "python/tuple [1]",
                      "python/object/apply:eval ['open(\"canary\", \"w\")']", "set {a, b}", "omap [a: 1]",
                      "binary aGVsbG8=", "timestamp 2020-01-01"])  # fmt: skip
    return _set(text, rng, f"!!{tag}"), True


def _tagged(text: str, rng: random.Random) -> Changed:
    return _set(
        text, rng, rng.choice(["!unknown x", "!<tag:x,2000:y> [1]", "! x y z", "!!int abc", "!!float x", "!!null 7"])
    ), False


def _alias(text: str, rng: random.Random) -> Changed:
    value = rng.choice(["*nowhere", "&a [*a]", "&a {b: *a}", "&a [*a, *a]", "&a {<<: *a}", "&a"])
    return _set(text, rng, value), value not in ("&a", "&a {<<: *a}")  # merged with itself, a mapping is empty


def _laughs(text: str, rng: random.Random) -> Changed:
    rows = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, rng.choice([5, 12, 40]))]
    head = "\n".join(["a0: &a0 [x, x, x, x]", *rows]) + "\n"
    return head.encode() + _set(text, rng, f"*a{len(rows)}"), True


def _merged(text: str, rng: random.Random) -> Changed:
    value = rng.choice(["{<<: 5}", "{<<: [1, 2]}", "{<<: {strange: 1}}", "{<<: [{a: 1}, {a: 2}], <<: {b: 1}}"])
    return _set(text, rng, value), False


def _deep(text: str, rng: random.Random) -> Changed:
    depth = rng.choice([50, 99, 101, 500, 20_000, 400_000])
    opening, closing = rng.choice([("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("&x [", "]")])
    return _set(text, rng, (opening * depth)[:1_500_000] + closing * rng.choice([0, min(depth, 90_000)])), True


def _huge(text: str, rng: random.Random) -> Changed:
    ones = ["9" * 4000, "1e" + "9" * 300, "0b" + "1" * 9000, "0x" + "f" * 9000, "-" + "9" * 5000, "0" * 5000 + "9"]
    value = rng.choice([*ones, "1:" * 2000 + "1", "." + "0" * 9000 + "1", "'" + "x" * 1_900_000 + "'"])
    return _set(text, rng, value), False


def _odd_key(text: str, rng: random.Random) -> Changed:
    before, line, after = _line(text, rng)
    key = rng.choice(
        ["? [a, b]\n", "? {a: 1}\n", "2020-01-01", "null", "5", "1.5", "'\\u202e'", "\u202ekey", "\x85x", "!!str", "~"]
    )
    space = line[: len(line) - len(line.lstrip())]
    return f"{before}{space}{key}: 1\n{line}{after}".encode(), False


_DAMAGES: list[Callable[[str, random.Random], Changed]] = [
    _flipped,
    _truncated,
    _repeated,
    _shuffled,
    _indented,
    _encoded,
    _foreign,
]
_TRICKS = [_object, _tagged, _alias, _laughs, _merged, _deep, _huge, _odd_key]


# --- files ----------------------------------------------------------------------------------------------------------


def flip(content: bytes, rng: random.Random) -> bytes:
    """One bit to 30 bytes changed."""
    damaged = bytearray(content)
    if rng.random() < 0.5:
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        return bytes(damaged)
    for _ in range(rng.randrange(1, 30)):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged)


def mutated_file(content: bytes, others: list[bytes], number: int) -> tuple[bytes, str]:
    """A file truncated, lengthened, with bits changed near its ends or anywhere, or another file in its place."""
    rng = random.Random(f"{SEED}file {number}")
    kind = rng.choice(["bits", "bits", "ends", "ends", "truncated", "longer", "zeros", "foreign", "spliced", "words"])
    if kind == "bits":
        return flip(content, rng), kind
    if kind == "ends":
        size = min(len(content), rng.choice([8, 64, 1500]))
        if rng.random() < 0.5:
            return flip(content[:size], rng) + content[size:], kind
        return content[:-size] + flip(content[-size:], rng), kind
    if kind == "truncated":
        return content[: rng.choice([0, 1, 7, 8, 9, rng.randrange(len(content)), len(content) - 1])], kind
    if kind == "longer":
        return content + rng.choice([b"\0", content, rng.randbytes(50)]), kind
    if kind == "zeros":
        start = rng.randrange(len(content))
        size = min(rng.choice([1, 16, 512]), len(content) - start)
        return content[:start] + bytes(size) + content[start + size :], kind
    if kind == "spliced":
        other, cut = rng.choice(others), rng.randrange(len(content))
        return content[:cut] + other[cut:], kind
    if kind == "words":  # a length that promises more than there is
        start = rng.choice([0, 8, len(content) - 8, rng.randrange(len(content))])
        word = rng.choice([2**63 - 1, 2**64 - 1, 2**40, 100_000_000, 0]).to_bytes(8, "little")
        return content[:start] + word + content[start + 8 :], kind
    return rng.choice([*others, b"", b"PAR1", b"\x80\x05K\x05.", b"\x93NUMPY", rng.randbytes(400)]), kind
