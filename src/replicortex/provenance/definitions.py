"""What the top level of a Python file defines, and which names of the package each definition uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from replicortex.provenance.syntax import FUNCTIONS, effective, python_meaning

Chain = tuple[str, ...]  # a dotted path of names; a last "[key]" is an element, a last "**" any module below
BELOW = "**"
_FILE_NAME = re.compile(r"[\w./-]{1,80}\.\w{1,8}")
_PRINTS = "short_repr"  # a decorator that changes how objects print, and no result
_IMPORTERS = ("import_module", "__import__")
_NAMED = (*FUNCTIONS, ast.ClassDef)
_LOOPS = (ast.For, ast.While, ast.With)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Part:
    """A piece of code.

    Attributes
    ----------
    meaning : str
        Hash of its syntax.
    uses : frozenset[Chain]
        Dotted paths, from the top of the package or folder, that it names.
    files : frozenset[str]
        Texts in it that look like file names (a kernel's source, a style sheet).
    """

    meaning: str
    uses: frozenset[Chain] = frozenset()
    files: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Definition:
    """What one top-level name stands for.

    Attributes
    ----------
    whole : Part
    rest : Part
        The same without its entries.
    entries : dict[str, Part]
        Elements of a registry by key: values of a mapping, or calls by their first argument.
    is_value : bool
        Whether it is assigned, and neither a function nor a class.
    """

    whole: Part
    rest: Part
    entries: Mapping[str, Part] = field(default_factory=dict)
    is_value: bool = False


@dataclass(frozen=True)
class Module:
    """A file of Python code.

    Attributes
    ----------
    definitions : dict[str, Definition]
        By name.
    effects : Part
        The statements that run when it is imported and define nothing.
    names : dict[str, frozenset[Chain]]
        What names that it imports stand for; "*" for all names of another module.
    homes : dict[str, frozenset[str]] or None
        Of a package that looks names up when they are asked for: texts that stand together with a name, among them
        the module that the name lives in. None if it is no such package.
    """

    definitions: Mapping[str, Definition]
    effects: Part
    names: Mapping[str, frozenset[Chain]]
    homes: Mapping[str, frozenset[str]] | None = None


def parse(text: bytes, name: str, module: Chain, is_package: bool, is_script: bool) -> Module:
    """The definitions in a source file.

    Parameters
    ----------
    text
        Its content.
    name
        Its path, for the message.
    module
        Its dotted path.
    is_package, is_script
        Whether it is an ``__init__.py``, and whether it is run and not imported.

    Raises
    ------
    ValueError
        It is not Python.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"code_hash: {name}: is not Python: {error}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.decorator_list = [each for each in node.decorator_list if _last(each) != _PRINTS]
    body = [node for node in effective(tree.body) if not _is_idle(node, is_script)]
    above = module if is_package else module[:-1]
    names = _imported((node for top in body if not isinstance(top, _NAMED) for node in _at_run_time(top)), above)
    statements: dict[str, list[ast.stmt]] = {}
    effects: list[ast.stmt] = []
    for node in body:
        bound = _defined(node)
        for each in bound:
            statements.setdefault(each, []).append(node)
        does_more = isinstance(node, _LOOPS) or not bound  # a loop may do more than bind the names in it
        if does_more and not isinstance(node, (*_NAMED, ast.Import, ast.ImportFrom)):
            effects.append(node)
    statements.pop("__all__", None)
    lazy = statements.pop("__getattr__", None) if is_package else None
    known = {each: frozenset(((*module, each),)) for each in statements}
    reader = _Reader(
        {each: names.get(each, frozenset()) | known.get(each, frozenset()) for each in names | known}, above
    )
    return Module(
        {each: reader.definition(nodes) for each, nodes in statements.items()},
        reader.part(effects) if effects else Part(""),
        names,
        _homes(tree, lazy[0]) if lazy else None,
    )


def _is_idle(node: ast.stmt, is_script: bool) -> bool:
    """Whether a statement does nothing here: for type checkers alone, or for another way to start the file."""
    if not isinstance(node, ast.If):
        return False
    main = "__name__" in {_last(each) for each in ast.walk(node.test)}
    return (_last(node.test) == "TYPE_CHECKING" and not node.orelse) or (main and not is_script)


def _defined(node: ast.stmt) -> list[str]:
    """Names that a top-level statement binds other than by import."""
    return [node.name] if isinstance(node, _NAMED) else sorted(_stored([node])[0])


class _Reader:
    """Reads parts of one file."""

    def __init__(self, names: Mapping[str, frozenset[Chain]], above: Chain) -> None:
        self.names, self.above = names, above

    def definition(self, nodes: list[ast.stmt]) -> Definition:
        """What a name stands for that these statements bind."""
        entries: dict[str, ast.expr] = {}
        for node in nodes:
            value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
            entries |= dict(_entries(value)) if value is not None else {}
        whole, is_value = self.part(nodes), not any(isinstance(node, _NAMED) for node in nodes)
        if not entries:
            return Definition(whole, whole, is_value=is_value)
        rest = self.part(nodes, without=tuple(entries.values()))
        return Definition(whole, rest, {key: self.part([node]) for key, node in entries.items()}, is_value)

    def part(self, nodes: Iterable[ast.AST], without: tuple[ast.AST, ...] = ()) -> Part:
        """Meaning and uses of syntax trees."""
        nodes = list(nodes)
        local = _imported((each for node in nodes for each in _at_run_time(node)), self.above)
        names = {**self.names, **{key: self.names.get(key, frozenset()) | value for key, value in local.items()}}
        uses: set[Chain] = set()
        files: set[str] = set()
        skipped = {id(node) for node in without}
        for node in nodes:
            _collect(node, names, frozenset(), uses, files, skipped)
            if isinstance(node, (ast.If, ast.Try)):  # a name may stand for one or the other import in it
                uses.update(chain for name in _stored([node])[0] for chain in local.get(name, ()))
        return Part(python_meaning(*nodes, without=without), frozenset(uses), frozenset(files))


def _entries(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """(key, element) of the mappings and of the sequences of calls that an expression shows."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value
            elif key is None:
                yield from _entries(value)
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        for element in node.elts:
            if (name := _key(element)) is not None:
                yield name, element
            else:
                yield from _entries(element)
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _entries(argument)


def _key(node: ast.expr) -> str | None:
    """The name that a call gives to what it makes: its first argument, if that is a text."""
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _collect(
    node: ast.AST,
    names: Mapping[str, frozenset[Chain]],
    local: frozenset[str],
    uses: set[Chain],
    files: set[str],
    skipped: set[int],
) -> None:
    """Add what a tree uses; ``local`` are names that functions around it bind."""
    if id(node) in skipped or (isinstance(node, ast.If) and _last(node.test) == "TYPE_CHECKING" and not node.orelse):
        return
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        outside = [*getattr(node, "decorator_list", []), *node.args.defaults, *filter(None, node.args.kw_defaults)]
        for each in outside:
            _collect(each, names, local, uses, files, skipped)
        inside = local | _bound(node)
        body = [node.body] if isinstance(node, ast.Lambda) else effective(node.body)
        for each in body:
            _collect(each, names, inside, uses, files, skipped)
        return
    if isinstance(node, _COMPREHENSIONS):
        _collect(node.generators[0].iter, names, local, uses, files, skipped)  # the only part outside its scope
        local = local | _stored(each.target for each in node.generators)[0]
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        root, tail = _chain(node)
        if root is not None:
            if root not in local:
                # a name that nothing here binds may be one of "from module import *"
                known = names.get(root) or [(*chain[:-1], root) for chain in names.get("*", ())]
                uses.update((*chain, *tail) for chain in known)
            if isinstance(node, ast.Subscript):
                _collect(node.slice, names, local, uses, files, skipped)
            return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _FILE_NAME.fullmatch(node.value):
        files.add(node.value)
    if isinstance(node, ast.Call) and _last(node.func) in _IMPORTERS and node.args:
        uses.update(_dynamic(node.args[0]))
    for each in ast.iter_child_nodes(node):
        _collect(each, names, local, uses, files, skipped)


def _chain(node: ast.expr) -> tuple[str | None, tuple[str, ...]]:
    """``a.b["c"].d`` as ("a", ("b", "[c]", "d")); root None for anything but a name at the bottom."""
    tail: list[str] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            tail.insert(0, node.attr)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            tail.insert(0, f"[{node.slice.value}]")
        else:
            return None, ()
        node = node.value
    return (node.id, tuple(tail)) if isinstance(node.ctx, ast.Load) else (None, ())


def _bound(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> frozenset[str]:
    """Names that a function binds itself: arguments, and what it assigns without saying that they are global."""
    a = function.args
    found = {arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if arg is not None}
    stored, shared = _stored([function.body] if isinstance(function, ast.Lambda) else function.body)
    return frozenset((found | stored) - shared)


def _stored(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """Names that code binds in its own scope, and those that it says belong to one around it."""
    found: set[str] = set()
    shared: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            shared.update(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, _NAMED):
            found.add(node.name)
        elif not isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
            waiting.extend(ast.iter_child_nodes(node))
    return found, shared


def _last(node: ast.AST) -> str:
    """Last part of a dotted name, "" for anything else."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node except the bodies of ``if TYPE_CHECKING:``."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        typing = isinstance(node, ast.If) and _last(node.test) == "TYPE_CHECKING"
        stack.extend(node.orelse if typing and isinstance(node, ast.If) else ast.iter_child_nodes(node))


def _imported(nodes: Iterable[ast.AST], package: Chain) -> dict[str, frozenset[Chain]]:
    """What the names that import statements bind stand for."""
    found: dict[str, set[Chain]] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                chain = tuple(alias.name.split("."))
                found.setdefault(alias.asname or chain[0], set()).add(chain if alias.asname else chain[:1])
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = (*above, *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, set()).add((*base, alias.name))
    return {name: frozenset(chains) for name, chains in found.items()}


def _dynamic(argument: ast.expr) -> Iterator[Chain]:
    """``import_module("a.b")`` and ``import_module(f"a.{name}")``, the latter as ``a.**``."""
    known = argument.values[0] if isinstance(argument, ast.JoinedStr) and argument.values else argument
    if isinstance(known, ast.Constant) and isinstance(known.value, str) and not known.value.startswith("."):
        parts = tuple(known.value.split("."))
        yield parts if known is argument else (*parts[:-1], BELOW)


def _strings(node: ast.AST) -> set[str]:
    found = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def _homes(tree: ast.Module, getattr_: ast.stmt) -> dict[str, frozenset[str]]:
    """Texts paired by a table (either way round) or by an ``if`` in ``__getattr__``, constants put in."""
    pairs: list[tuple[set[str], set[str]]] = []
    constants: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs += [(_strings(k), _strings(v)) for k, v in zip(node.keys, node.values, strict=True) if k]
        elif isinstance(node, ast.Assign):
            constants |= {target.id: _strings(node) for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(getattr_):
        if isinstance(node, ast.If):
            used = [inner.id for inner in ast.walk(node.test) if isinstance(inner, ast.Name)]
            names = _strings(node.test).union(*(constants.get(name, set()) for name in used))
            pairs.append((names, {text for part in node.body for text in _strings(part)}))
    homes: dict[str, set[str]] = {}
    for left, right in pairs:
        for names, texts in ((left, right), (right, left)):
            for name in names:
                homes.setdefault(name, set()).update(texts)
    return {name: frozenset(texts) for name, texts in homes.items()}
