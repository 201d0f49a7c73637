"""Where a result came from: which code, which settings, which versions.

:func:`code_hash` is how a workflow decides whether a rule has to run again. It covers the text of a script
and of every module of this package that the script can reach through imports, found by reading the sources
and not by running them. Times of modification do not enter; a module that is not reached does not either.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent
_FILE_NAME = re.compile(r"[\w./-]{1,80}\.\w{1,8}")
_LIBRARIES = (
    *("replicortex", "torch", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "safetensors"),
    *("matplotlib", "seaborn", "pydantic", "snakemake"),
)

Chain = tuple[
    str, ...
]  # a dotted path of names; a last "*" stands for any attribute, "**" for any module below
_ANY, _BELOW = "*", "**"


def fingerprint(obj: Any) -> str:
    """SHA-256, in hex, of ``obj`` as canonical JSON (sorted keys, no spaces, UTF-8).

    Raises
    ------
    ValueError
        Something in it is no JSON: NaN, infinity, a set, an array.
    """
    try:
        text = json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"fingerprint: cannot be written as JSON: {error}") from None
    return hashlib.sha256(text.encode()).hexdigest()


def environment() -> dict[str, str]:
    """Versions of what computes, and the machine: python, libraries, platform, processor.

    Nothing heavy is imported; a library that is not installed reads "not installed".
    """
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found | {"platform": platform.platform(), "processor": _processor()}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def code_hash(*entry_points: Path | str, package: Path | str = _PACKAGE) -> str:
    """SHA-256, in hex, of scripts and of all that they reach in a package.

    Parameters
    ----------
    *entry_points
        Files. Python files are followed through their imports, wherever in the file these stand, attribute
        use of lazy packages included (``import replicortex as rx; rx.analysis.f``); of others only the
        content counts.
    package
        Folder of the package whose modules are followed.

    Raises
    ------
    ValueError
        A file is missing, or is not Python although its name says so.
    """
    digest = hashlib.sha256()
    for name, path in sorted(reached(*entry_points, package=package).items()):
        digest.update(f"{name}\0{hashlib.sha256(_read(path)).hexdigest()}\n".encode())
    return digest.hexdigest()


def reached(*entry_points: Path | str, package: Path | str = _PACKAGE) -> dict[str, Path]:
    """The files behind :func:`code_hash`: name (module, script or data file) -> path.

    Raises
    ------
    ValueError
        As :func:`code_hash`.
    """
    if not entry_points:
        raise ValueError("code_hash: no file given")
    closure = _Closure(Path(package).resolve())
    for entry in entry_points:
        closure.enter(Path(entry).resolve())
    return closure.files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"code_hash: {path}: cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class _Source:
    """What one file refers to.

    Attributes
    ----------
    uses : frozenset[Chain]
        Absolute dotted paths, not yet split into module and attribute.
    files : frozenset[str]
        Texts in it that look like file names (a kernel's source, a style sheet).
    lazy : bool
        It is a package that looks its attributes up when asked (a module-level ``__getattr__``).
    defined : frozenset[str]
        Names that the module itself binds.
    homes : dict[str, frozenset[str]]
        For a lazy package: texts that stand together with a name, among them the module the name lives in.
    """

    uses: frozenset[Chain]
    files: frozenset[str]
    lazy: bool
    defined: frozenset[str]
    homes: dict[str, frozenset[str]]


class _Closure:
    """Follows imports from entry points through one package."""

    def __init__(self, package: Path) -> None:
        self.root, self.top = package.parent, package.name
        self.files: dict[str, Path] = {}
        self._seen: set[Chain] = set()
        self._paths: dict[Chain, Path | None] = {}

    def enter(self, path: Path) -> None:
        """Add an entry point and all that it reaches."""
        text = _read(path)
        if path.suffix == ".py" and path.is_relative_to(self.root / self.top):
            self._reach(_module_of(path, self.root))
        elif path not in self.files.values():
            self._add(path)
            if path.suffix == ".py":
                self._follow(_source(text, str(path), (), False), path.parent)

    def _add(self, path: Path) -> None:
        # named by as few folders as tell it from the others: the hash must not depend on where the clone lies
        for depth in range(1, len(path.parts) + 1):
            if self.files.setdefault("file " + "/".join(path.parts[-depth:]), path) == path:
                return

    def _follow(self, source: _Source, folder: Path) -> None:
        for name in source.files:
            if not name.endswith(".py") and (folder / name).is_file():
                self._add((folder / name).resolve())
        for chain in source.uses:
            if chain[0] == self.top:
                for module in self._modules(chain):
                    self._reach(module)
            elif (folder / f"{chain[0]}.py").is_file() and folder != self.root / self.top:
                self.enter(folder / f"{chain[0]}.py")  # a helper beside the script

    def _reach(self, module: Chain) -> None:
        if module in self._seen:
            return
        self._seen.add(module)
        if len(module) > 1:
            self._reach(module[:-1])  # Python runs the packages above first
        path = self._path(module)
        if path is not None and path.is_file():
            self.files[f"module {'.'.join(module)}"] = path
            self._follow(self._parsed(module), path.parent)

    def _path(self, module: Chain) -> Path | None:
        """File of a module, ``__init__.py`` (which may be missing) of a package, None for no such module."""
        if module not in self._paths:
            base = self.root.joinpath(*module)
            file = base.parent / f"{base.name}.py"
            self._paths[module] = base / "__init__.py" if base.is_dir() else file if file.is_file() else None
        return self._paths[module]

    def _parsed(self, module: Chain) -> _Source:
        path = self._path(module)
        if path is None or not path.is_file():
            return _Source(frozenset(), frozenset(), False, frozenset(), {})
        return _source(_read(path), str(path), module, path.name == "__init__.py")

    def _modules(self, chain: Chain) -> Iterator[Chain]:
        """Modules that a dotted path touches: those named, and the home of a lazy package's attribute."""
        current: Chain = ()
        for name in chain:
            if name not in (_ANY, _BELOW) and self._path((*current, name)) is not None:
                current = (*current, name)
                yield current
                continue
            yield from self._below(current) if name == _BELOW else self._attribute(current, name)
            return

    def _attribute(self, module: Chain, name: str) -> Iterator[Chain]:
        source = self._parsed(module)
        if not source.lazy or name in source.defined or (name.startswith("__") and name.endswith("__")):
            return  # what the module itself imports is followed anyway; __file__ and the like are no modules
        homes = [found for text in sorted(source.homes.get(name, ())) if (found := self._named(module, text))]
        for home in homes:
            yield home
            yield from self._attribute(home, name)  # the home may be lazy itself
        if not homes:  # it cannot be read off, so the name may come from anywhere below
            yield from self._below(module)

    def _named(self, module: Chain, text: str) -> Chain | None:
        """The module that a text in a lazy package names, relative to the package or in full."""
        parts = tuple(text.split(":")[0].strip(".").split("."))
        for chain in ((*module, *parts), parts):
            if chain[0] == self.top and all(chain) and self._path(chain) is not None:
                return chain
        return None

    def _below(self, module: Chain) -> Iterator[Chain]:
        folder = self.root.joinpath(*module)
        return (_module_of(path, self.root) for path in sorted(folder.rglob("*.py")))


def _module_of(path: Path, root: Path) -> Chain:
    parts = path.relative_to(root).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


@lru_cache(maxsize=4096)
def _source(text: bytes, name: str, module: Chain, is_package: bool) -> _Source:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"code_hash: {name}: is not Python: {error}") from None
    nodes = list(_at_run_time(tree))
    getattr_ = next(
        (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "__getattr__"), None
    )
    lazy = getattr_ is not None and is_package
    on_demand = {id(node) for node in ast.walk(getattr_)} if getattr_ is not None and lazy else set()
    bindings, uses = _imports(nodes, module if is_package else module[:-1])
    uses |= set(_attribute_uses(nodes, bindings))
    uses |= set(_dynamic_imports(node for node in nodes if id(node) not in on_demand))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return _Source(
        frozenset(uses),
        frozenset(text for text in texts if _FILE_NAME.fullmatch(text)),
        lazy,
        frozenset(_defined(tree)),
        _homes(tree, getattr_) if getattr_ is not None and lazy else {},
    )


def _name(node: ast.AST) -> str:
    """Last part of a dotted name, "" for anything else."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node except the bodies of ``if TYPE_CHECKING:``."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            stack.extend(node.orelse)
        else:
            stack.extend(ast.iter_child_nodes(node))


def _imports(nodes: Iterable[ast.AST], package: Chain) -> tuple[dict[str, set[Chain]], set[Chain]]:
    """Names bound by import statements, and the dotted paths these statements name."""
    bindings: dict[str, set[Chain]] = {}
    uses: set[Chain] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                chain = tuple(alias.name.split("."))
                uses.add(chain)
                bindings.setdefault(alias.asname or chain[0], set()).add(chain if alias.asname else chain[:1])
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = (*above, *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                chain = (*base, alias.name)
                uses.add(chain)
                bindings.setdefault(alias.asname or alias.name, set()).add(chain)
    return bindings, {chain for chain in uses if chain}


def _attribute_uses(nodes: Iterable[ast.AST], bindings: dict[str, set[Chain]]) -> Iterator[Chain]:
    """``rx.analysis.f`` for a bound ``rx``; ``rx.*`` where it is used otherwise, e.g. handed on."""
    within: set[int] = set()  # names and attributes that are part of a longer chain (parents come first)
    for node in nodes:
        if not isinstance(node, (ast.Attribute, ast.Name)) or id(node) in within:
            continue
        tail: list[str] = []
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute):
            tail.insert(0, inner.attr)
            inner = inner.value
            within.add(id(inner))
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            for chain in bindings.get(inner.id, ()):
                yield (*chain, *(tail or [_ANY]))


def _dynamic_imports(nodes: Iterable[ast.AST]) -> Iterator[Chain]:
    """``import_module("a.b")`` and ``import_module(f"a.{name}")``, the latter as ``a.**``."""
    for node in nodes:
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if _name(node.func) not in ("import_module", "__import__"):
            continue
        argument = node.args[0]
        known = argument.values[0] if isinstance(argument, ast.JoinedStr) and argument.values else argument
        if (
            isinstance(known, ast.Constant)
            and isinstance(known.value, str)
            and not known.value.startswith(".")
        ):
            parts = tuple(known.value.split("."))
            yield parts if known is argument else (*parts[:-1], _BELOW)


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _strings(node: ast.AST) -> set[str]:
    found = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def _homes(tree: ast.Module, getattr_: ast.FunctionDef) -> dict[str, frozenset[str]]:
    """Texts paired by a table (either way round) or by an ``if`` in ``__getattr__``, constants put in."""
    pairs: list[tuple[set[str], set[str]]] = []
    constants: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs += [(_strings(k), _strings(v)) for k, v in zip(node.keys, node.values, strict=True) if k]
        elif isinstance(node, ast.Assign):
            constants |= {
                target.id: _strings(node) for target in node.targets if isinstance(target, ast.Name)
            }
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
