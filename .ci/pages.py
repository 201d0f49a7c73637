"""Pages of the site that have no file in docs/, and links that lead out of docs/ (a hook of mkdocs.yml).

README.md is the first page. The API reference has a page for each package, with what the package's ``__all__``
names; it is read from the source without importing it. A file of the repository that a page links to is shown
as a page too, so that the same links work in the repository and in the site.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}
PACKAGES = ("tasks", "networks", "training", "analysis", "scorecard", "spiking", "primer", "figures", "config")
OVERVIEW = """\
# API reference

With `import replicortex as rx`, what is public of each package is an attribute of it: `rx.tasks.generate`. The pages
are made from the docstrings, module by module. A package is imported when it is first used.

| package | what | names |
| --- | --- | --- |
"""
COMPUTED = {"CLAIMS"}  # by a module's __getattr__; the reference describes what computes it, `all_claims`
REMOTE = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|preload|icon))[^>]*\bhref=["']?(?:https?:)?//[^>]*>"""
)
ASIDE = "---\nhide: [toc]\nsearch: {exclude: true}\n---\n"  # code is wide, and would bury what explains it
LINK = re.compile(r"(?<=\]\()([^)#\s]+)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Headings get the anchors that they have where the repository is shown."""
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that have no file in docs/."""
    pages = {page: ROOT / name for name, page in PAGES.items() if (ROOT / name).exists()}
    for page, source in pages.items():
        files.append(File.generated(config, page, content=source.read_text(encoding="utf-8")))
    for package in PACKAGES:
        files.append(File.generated(config, f"api/{package}.md", content=reference(package)))
    files.append(File.generated(config, "api/index.md", content=overview()))
    for file in list(files.documentation_pages()):
        for target in linked(file.content_string, origin(file.src_uri)):
            if is_shown(target) and files.get_file_from_path(shown(target)) is None:
                files.append(File.generated(config, shown(target), content=as_page(target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links between files of the repository become links between pages of the site."""
    here, folder = origin(page.file.src_uri), os.path.dirname(page.file.src_uri)

    def there(link: re.Match[str]) -> str:
        target = resolved(link[1], here)
        return link[1] if target is None else os.path.relpath(in_site(target), folder or ".")

    return LINK.sub(there, markdown) if (ROOT / here).is_file() else markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Pictures are loaded as they come into view; the reference is looked through for what it should hold."""
    folder, _, package = page.file.src_uri.removesuffix(".md").rpartition("/")
    if folder == "api" and package in PACKAGES:
        names = (f"{module}.{name}" for name, module in public(package).items())
        if lacking := [name for name in names if f'id="{name}"' not in html]:
            raise PluginError(f"api/{package}.md does not show {', '.join(lacking)}")
    return html.replace("<img ", '<img loading="lazy" ')


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Reading a page asks nothing of other machines."""
    if asked := REMOTE.findall(output):
        raise PluginError(f"{page.file.src_uri} is loaded from elsewhere in part: {asked}")
    return output


def origin(uri: str) -> str:
    """Path in the repository of what a page is made from."""
    if uri.startswith("files/"):
        return uri.removeprefix("files/")
    return next((name for name, page in PAGES.items() if page == uri), f"docs/{uri}")


def resolved(link: str, here: str) -> str | None:
    """Path in the repository of the file that a link leads to; None if it leads to none."""
    if "://" in link:
        return None
    target = os.path.normpath(os.path.join(os.path.dirname(here), link))
    return target if (ROOT / target).is_file() else None


def linked(markdown: str, here: str) -> list[str]:
    """Files of the repository that a page links to."""
    found = (resolved(link, here) for link in LINK.findall(markdown))
    return [target for target in dict.fromkeys(found) if target is not None]


def is_shown(target: str) -> bool:
    """Whether a file of the repository gets a page because it is linked to."""
    return not target.startswith("docs/") and target not in PAGES


def in_site(target: str) -> str:
    """Source path in the site of a file of the repository."""
    return shown(target) if is_shown(target) else PAGES.get(target, target.removeprefix("docs/"))


def shown(target: str) -> str:
    """Source path of the page that shows a file."""
    return f"files/{target}" if target.endswith(".md") else f"files/{target}.md"


def as_page(target: str) -> str:
    """A file as a page: Markdown as it is, notebooks with their outputs, everything else as code."""
    text = (ROOT / target).read_text(encoding="utf-8")
    if target.endswith(".md"):
        return text
    if target.endswith(".ipynb"):
        return "\n\n".join(part for cell in json.loads(text)["cells"] for part in cell_parts(cell))
    kinds = {".py": "python", ".yaml": "yaml", ".smk": "python", ".toml": "toml"}
    kind = kinds.get(Path(target).suffix, "text")
    return f"{ASIDE}# {target}\n\n````` {kind}\n{text}\n`````\n"


def cell_parts(cell: Mapping[str, Any]) -> Iterator[str]:
    """Markdown of a notebook's cell and of what it printed and drew."""
    source = "".join(cell["source"])
    yield source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```"
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if "image/png" in data:
            yield f"![Figure](data:image/png;base64,{''.join(data['image/png']).strip()})"
        elif told := "".join(output.get("text", data.get("text/plain", ()))):
            yield f"```text\n{told.rstrip()}\n```"


def public(package: str) -> dict[str, str]:
    """Names in ``__all__`` of a package of replicortex -> the module of each, by reading the source."""
    home = f"replicortex.{package}"
    tree = ast.parse((ROOT / "src/replicortex" / package / "__init__.py").read_text(encoding="utf-8"))
    found, values = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("replicortex."):
            found |= {alias.name: str(node.module) for alias in node.names}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
    found |= dict.fromkeys(values, home)
    if "_HOME" in values:
        homes: Mapping[str, str] = ast.literal_eval(values["_HOME"])
        named = {name: at for name, at in homes.items() if name not in COMPUTED}
        return {name: at if at.startswith("replicortex.") else f"{home}.{at}" for name, at in named.items()}
    if "_OBSERVERS" in values:  # of the tasks, imported on first use
        found |= dict.fromkeys(ast.literal_eval(values["_OBSERVERS"]), f"{home}.observers")
    if "_DATASET" in values:
        found |= dict.fromkeys(ast.literal_eval(values["_DATASET"]), f"{home}.dataset")
    exports = values["__all__"]
    assert isinstance(exports, ast.List)
    listed = {str(each.value) for each in exports.elts if isinstance(each, ast.Constant)}
    found |= dict.fromkeys(listed & set(values), home)
    if missing := listed - set(found):
        raise ValueError(f"{home}: where {', '.join(sorted(missing))} are defined is not said")
    return found


def reference(package: str) -> str:
    """Markdown of the page of a package: module by module, what is public of it."""
    modules: dict[str, list[str]] = {}
    for name, module in public(package).items():
        modules.setdefault(module, []).append(name)
    hidden = "members: [], show_root_heading: false, show_root_toc_entry: false"
    blocks = [f"::: {module}\n    options: {{members: [{', '.join(names)}]}}" for module, names in modules.items()]
    return "\n\n".join([f"# rx.{package}", f"::: replicortex.{package}\n    options: {{{hidden}}}", *blocks])


def overview() -> str:
    """Markdown of the first page of the reference."""
    rows = (f"| [`rx.{name}`]({name}.md) | {first_line(name)} | {len(public(name))} |\n" for name in PACKAGES)
    return OVERVIEW + "".join(rows)


def first_line(package: str) -> str:
    """First line of a package's docstring."""
    source = (ROOT / "src/replicortex" / package / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
