"""What code means, as a hash: of Python the syntax tree, of C++ the tokens."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_INERT = frozenset(("ctx", "kind", "type_comment", "returns", "type_params", "type_ignores"))
_CPP = (".cpp", ".h", ".hpp", ".c", ".cu", ".cuh")
_TEXT = r'R"(?P<raw>[^(]*)\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
_COMMENT = re.compile(rf"(?P<text>{_TEXT})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(rf"{_TEXT}|[\w.]+|\+\+|--|<<|>>|->|&&|\|\||[^\s\w]", re.DOTALL)


def python_meaning(*nodes: ast.AST, without: tuple[ast.AST, ...] = ()) -> str:
    """SHA-256, in hex, of syntax trees without comments, docstrings, layout and annotations of functions.

    Fields that are empty do not enter, so that a newer Python, whose trees have more fields, gives the same hash.

    Parameters
    ----------
    *nodes
        Statements or expressions.
    without
        Parts of them that do not count.
    """
    words: list[str] = []
    left_out = {id(node) for node in without}
    for node in nodes:
        _write(node, words, left_out, in_function=False)
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()


def file_meaning(name: str, content: bytes) -> str:
    """SHA-256, in hex, of a file that code names: of C++ its tokens, of anything else its bytes.

    Examples
    --------
    >>> file_meaning("a.cpp", b"int f(int x) { return x+1; } // one more") == file_meaning(
    ...     "a.cpp", b"int f(int x)\\n{\\n    return x + 1;\\n}"
    ... )
    True
    """
    if not name.endswith(_CPP):
        return hashlib.sha256(content).hexdigest()
    tokens = "\0".join(_cpp_tokens(content.decode("utf-8", "surrogateescape")))
    return hashlib.sha256(tokens.encode("utf-8", "surrogateescape")).hexdigest()


def effective(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a body without docstrings and other texts that are not used."""
    return [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field for field in kind._fields if field not in _INERT)


def _write(node: ast.AST, words: list[str], left_out: set[int], in_function: bool) -> None:
    if id(node) in left_out:
        return
    kind = type(node)
    words.append(kind.__name__)
    if kind is ast.Constant:
        value = node.value  # type: ignore[attr-defined]
        words.append(f"{type(value).__name__} {value!r}")
        return
    inside = in_function or kind in FUNCTIONS or kind is ast.Lambda
    for field in _fields(cast(Any, kind)):
        value = getattr(node, field, None)
        if value is None or value == []:
            continue
        if field == "annotation" and (kind is ast.arg or in_function):
            continue
        words.append(field)
        if isinstance(value, ast.AST):
            _write(value, words, left_out, inside)
        elif isinstance(value, list):
            for each in effective(value) if field == "body" else value:
                if isinstance(each, ast.AST):
                    _write(each, words, left_out, inside)
                else:
                    words.append(str(each))
        else:
            words.append(str(value))
    words.append(")")


def _cpp_tokens(text: str) -> Iterator[str]:
    """Tokens without comments and blanks; a line of the preprocessor ends where it ends."""
    text = _COMMENT.sub(lambda match: match["text"] or " ", text)
    for block in re.split(r"(^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*)", text, flags=re.MULTILINE):
        directive = block.lstrip().startswith("#")
        yield from (match[0] for match in _TOKEN.finditer(block.replace("\\\n", " ") if directive else block))
        if directive:
            yield "\n"
