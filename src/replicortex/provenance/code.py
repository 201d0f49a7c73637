"""The hash of the code that a job can reach, which decides whether it has to run again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from replicortex.provenance.cache import SourceCache, digest
from replicortex.provenance.definitions import BELOW, Chain, Definition, Module, Part

PACKAGE = Path(__file__).resolve().parents[1]
# Modules that say what is wrong, how objects print, how far a job is or where a result came from, what a workflow is
# made of, and the configuration, whose effect on a result is in the fingerprint of the settings: what they make does
# not depend on them.
WITHOUT_EFFECT = (
    "atomic",
    "checksums",
    "config",
    "errors",
    "extras",
    "origin",
    "pipeline",
    "preflight",
    "provenance",
    "records",
    "shown",
    "status",
    "summary",
)

Node = tuple[Chain, str, str]  # module, name in it ("" for its effects), key of an entry ("" for all)
Chosen = Mapping[tuple[Chain, str], frozenset[str]]  # (module, name) of a registry -> keys that count


@dataclass(frozen=True)
class Choice:
    """What of a registry a job uses, where the code itself leaves it open.

    Attributes
    ----------
    keys : dict[str, frozenset[str]]
        By registry, as "module:name", the keys of its entries that count. The same holds of the sequences in its module
        that it is put together from.
    """

    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)


NOTHING_CHOSEN = Choice()


def code_hash(*entry_points: Path | str, choice: Choice = NOTHING_CHOSEN, package: Path | str = PACKAGE) -> str:
    """SHA-256, in hex, of the meaning of all code that scripts or functions can reach in a package.

    Comments, docstrings, layout, annotations of functions and names of modules do not count, nor do definitions that
    are not used. Nothing is run.

    Parameters
    ----------
    *entry_points
        Files, or functions as "module:function". Of a file that is no Python only the content counts.
    choice
        Which entries of registries count.
    package
        Folder of the package whose modules are followed.

    Raises
    ------
    ValueError
        A file or function is missing, or is not Python although its name says so.

    Examples
    --------
    >>> len(code_hash("replicortex.training.job:train"))
    64
    """
    graph = _own_graph() if Path(package) == PACKAGE else SourceGraph(package)
    return graph.code_hash(*entry_points, choice=choice)


@lru_cache(maxsize=1)
def _own_graph() -> SourceGraph:
    """Of this package, whose code stays as it is while a process runs."""
    return SourceGraph(PACKAGE)


@dataclass(frozen=True)
class _Step:
    """What a node adds to a hash, where it leads, and which registries could make both different."""

    targets: frozenset[Node]
    meanings: Mapping[str, str]
    registries: frozenset[tuple[Chain, str]]


class SourceGraph:
    """The definitions of a package and what each uses; every file is parsed once.

    Parameters
    ----------
    package
        Folder of the package.
    cache
        File in which what was parsed is kept for the next time, by content. None keeps nothing.
    beside
        Folders of other packages that use it and are followed too.
    """

    def __init__(
        self, package: Path | str = PACKAGE, cache: Path | None = None, beside: Iterable[Path | str] = ()
    ) -> None:
        folder = Path(package).resolve()
        self.root, self.top = folder.parent, folder.name
        self._roots = {each.name: each.parent for each in (folder, *(Path(other).resolve() for other in beside))}
        self._cache = SourceCache(cache)
        self._modules: dict[Chain, Module | None] = {}
        self._paths: dict[Chain, Path | None] = {}
        self._resolved: dict[Chain, frozenset[Node]] = {}
        self._steps: dict[Node, _Step] = {}

    def code_hash(self, *entry_points: Path | str, choice: Choice = NOTHING_CHOSEN) -> str:
        """See `code_hash`."""
        return digest(sorted(self.meanings(*entry_points, choice=choice).values()))

    def meanings(self, *entry_points: Path | str, choice: Choice = NOTHING_CHOSEN) -> dict[str, str]:
        """What the hash is made of: the meaning of each definition and file that is reached, by its name."""
        if not entry_points:
            raise ValueError("code_hash: no file given")
        found: dict[str, str] = {}
        waiting = [node for entry in entry_points for node in self._enter(entry, found)]
        chosen = self._narrowed(choice)
        seen: set[Node] = set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if node not in self._steps:
                self._steps[node] = self._step(node, {})
            step = self._steps[node]
            if not chosen.keys().isdisjoint(step.registries):
                step = self._step(node, chosen)
            waiting += step.targets
            found |= step.meanings
        return found

    def _step(self, node: Node, chosen: Chosen) -> _Step:
        """What a node adds to a hash, and where it leads."""
        module, name, key = node
        part = self._part(node, chosen)
        links = {chain: self._targets(chain, chosen) for chain in part.uses}
        targets = frozenset(target for found in links.values() for target in found)
        files = [path for each in part.files if (path := self._beside(module, each)) is not None]
        meanings = {f"file {path.name}": self._cache.file(path) for path in files}
        if part.meaning:
            # a link is told by what it leads to and not by its name: a module that moves changes nothing
            ends = {chain: sorted(self._part(each, chosen).meaning for each in links[chain]) for chain in links}
            told = sorted((chain[-1], each) for chain, each in ends.items())
            meanings[f"{'.'.join(module)}:{name}{key and f'[{key}]'}"] = digest([part.meaning, told])
        registries = frozenset(target[:2] for target in (node, *targets))
        return _Step(targets | {(module, "", "")}, meanings, registries)

    def _narrowed(self, choice: Choice) -> Chosen:
        """The keys that count of each registry, and of the sequences that it is put together from."""
        chosen: dict[tuple[Chain, str], frozenset[str]] = {}
        for registry, keys in choice.keys.items():
            *module, name = _chain_of(registry)
            definition = self._definition((tuple(module), name, ""))
            if definition is None:
                raise ValueError(f"code_hash: {registry}: is no registry of the package {self.top}")
            used = [chain[-1] for chain in definition.whole.uses if chain[:-1] == tuple(module)]
            for each in (name, *used):
                part = self._definition((tuple(module), each, ""))
                if each == name or (part is not None and part.is_value and part.entries):
                    chosen[tuple(module), each] = chosen.get((tuple(module), each), frozenset()) | keys
        return chosen

    def _enter(self, entry: Path | str, found: dict[str, str]) -> list[Node]:
        """The nodes of a file or function to begin with; the content of other files goes to ``found``."""
        if isinstance(entry, str) and ":" in entry:
            nodes = self._targets(_chain_of(entry), {})
            if not nodes:
                raise ValueError(f"code_hash: {entry}: is no function of the package {self.top}")
            return list(nodes)
        path = Path(entry).resolve()
        if path.suffix != ".py":
            found[f"file {path.name}"] = self._cache.file(path)
            return []
        inside = path.is_relative_to(self.root / self.top)
        chain = _module_of(path, self.root) if inside else (str(path),)
        if not path.is_file():
            raise ValueError(f"code_hash: {path}: cannot be read: no such file")
        return list(self._all(chain))

    def _module(self, chain: Chain) -> Module | None:
        """What a module defines; None if there is no such module or it is a folder without code."""
        if chain not in self._modules:
            path, script = self._path(chain), _is_script(chain)
            there = path is not None and path.is_file()
            found = self._cache.module(path, chain, script) if there and path is not None else None
            self._modules[chain] = found
        return self._modules[chain]

    def _path(self, module: Chain) -> Path | None:
        """File of a module, ``__init__.py`` (which may be missing) of a package, None for no such module."""
        if module not in self._paths:
            base = self._roots.get(module[0], self.root).joinpath(*module)
            if _is_script(module):
                found = base if len(module) == 1 else None
            elif module[0] not in self._roots:
                found = None
            elif base.is_dir():
                found = base / "__init__.py"
            else:
                file = base.parent / f"{base.name}.py"
                found = file if file.is_file() else None
            self._paths[module] = found
        return self._paths[module]

    def _beside(self, module: Chain, name: str) -> Path | None:
        """The file that a text in a module names, if it lies beside it and is no code."""
        home = self._path(module)
        path = home.parent / name if home is not None and not name.endswith(".py") else None
        return path.resolve() if path is not None and path.is_file() else None

    def _definition(self, node: Node) -> Definition | None:
        module = self._module(node[0])
        return module.definitions.get(node[1]) if module is not None else None

    def _part(self, node: Node, chosen: Chosen) -> Part:
        """The code of a node; of a registry of which a part was chosen, without its entries."""
        module, (chain, name, key) = self._module(node[0]), node
        if module is None:
            return Part("")
        if not name:
            return module.effects
        definition = module.definitions[name]
        if key:
            return definition.entries[key]
        if (chain, name) in chosen:  # its entries count, and not how it is put together from them
            return Part("", definition.rest.uses, definition.rest.files)
        return definition.whole

    def _targets(self, chain: Chain, chosen: Chosen) -> frozenset[Node]:
        """What a dotted path leads to, a registry narrowed to what was chosen of it."""
        if chain not in self._resolved:
            self._resolved[chain] = frozenset(self._resolve(chain, frozenset()))
        found = self._resolved[chain]
        entries = [
            (module, name, entry)
            for module, name, key in found
            if not key and (keys := chosen.get((module, name))) and (d := self._definition((module, name, "")))
            for entry in d.entries.keys() & keys
        ]
        return found.union(entries) if entries else found

    def _resolve(self, chain: Chain, passed: frozenset[Chain]) -> Iterator[Node]:
        """Definitions that a dotted path leads to, through what packages offer."""
        if chain in passed or not chain:
            return
        passed |= {chain}
        module, rest = self._split(chain)
        if not module or self._without_effect(module):
            return
        if rest == (BELOW,):
            yield from self._below(module)
        elif not rest:
            yield from self._all(module)
            yield from self._below(module) if self._lazy(module) else ()
        else:
            yield from self._named(module, rest, passed)

    def _split(self, chain: Chain) -> tuple[Chain, Chain]:
        """The longest module at the start of a path, and the rest."""
        if _is_script(chain):
            return chain[:1], chain[1:]
        size = 0
        while size < len(chain) and self._path(chain[: size + 1]) is not None:
            size += 1
        return chain[:size], chain[size:]

    def _named(self, module: Chain, rest: Chain, passed: frozenset[Chain]) -> Iterator[Node]:
        source, name = self._module(module), rest[0]
        if source is None:
            return
        definition = source.definitions.get(name)
        if definition is not None:
            keys = [key[1:-1] for key in rest[1:2] if key.startswith("[")]
            if keys and keys[0] in definition.entries:
                yield from ((module, name, key) for key in keys)
            else:
                yield module, name, ""
        elif name in source.names:
            for chain in source.names[name]:
                yield from self._resolve((*chain, *rest[1:]), passed)
        elif name == "*":
            yield from self._all(module)
        elif source.homes is not None and not (name.startswith("__") and name.endswith("__")):
            homes = [home for text in sorted(source.homes.get(name, ())) if (home := self._home(module, text))]
            for home in homes:
                yield from self._resolve(home if home[-1] == name else (*home, *rest), passed)
            if not homes:  # it cannot be read off, so the name may come from anywhere below
                yield from self._below(module)
        for chain in source.names.get("*", ()) if definition is None else ():
            yield from self._resolve((*chain[:-1], *rest), passed)

    def _home(self, module: Chain, text: str) -> Chain | None:
        """The module that a text in a lazy package names, relative to the package or in full."""
        parts = tuple(text.split(":")[0].strip(".").split("."))
        for chain in ((*module, *parts), parts):
            if all(chain) and self._path(chain) is not None:
                return chain
        return None

    def _lazy(self, module: Chain) -> bool:
        source = self._module(module)
        return source is not None and source.homes is not None

    def _all(self, module: Chain) -> Iterator[Node]:
        """Every definition of a module, and its effects."""
        source = self._module(module)
        if source is not None and not self._without_effect(module):
            yield module, "", ""
            yield from ((module, name, "") for name in source.definitions)

    def _below(self, module: Chain) -> Iterator[Node]:
        """Everything in a package."""
        root = self._roots[module[0]]
        for path in sorted(root.joinpath(*module).rglob("*.py")):
            yield from self._all(_module_of(path, root))

    def _without_effect(self, module: Chain) -> bool:
        return module[0] == self.top and len(module) > 1 and module[1] in WITHOUT_EFFECT

    def save(self) -> None:
        """Keep what was parsed."""
        self._cache.save()


def _chain_of(function: str) -> Chain:
    """The dotted path of "module:function"."""
    return tuple(function.replace(":", ".").split("."))


def _is_script(module: Chain) -> bool:
    return os.path.isabs(module[0])


def _module_of(path: Path, root: Path) -> Chain:
    parts = path.relative_to(root).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts
