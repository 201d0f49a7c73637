"""The scorecard as one HTML file: every claim with its networks, figures, methods, configuration and run times."""

from argparse import Namespace
from pathlib import Path

import replicortex as rx
from replicortex.methods import methods
from replicortex.pipeline.discovery import papers
from replicortex.pipeline.script import atomic_write, check, configured, origins, read_table, run, study
from replicortex.report.captions import captions
from replicortex.report.figures import PAGES
from replicortex.report.footers import scale
from replicortex.report.page import About, runtimes, to_html


def main(args: Namespace) -> None:
    figures = {path.stem: path for path in args.figures}
    rows, values = read_table(args.rows), read_table(args.values)
    shown = study(args)
    paragraphs = methods(shown)
    check(args, rx.provenance.fingerprint(paragraphs))
    files = [args.config, *args.configfile]
    source = ", ".join(dict.fromkeys(source for each in origins() for source in each.sources))
    about = About(
        captions=captions([*rx.figures.FIGURES.values(), *PAGES.values()]),
        methods=paragraphs,
        configuration="\n".join(_text(path, len(files)) for path in files),
        settings={"Scale": scale(), "Networks": source, "Version": f"replicortex {rx.__version__}"},
        runtimes=runtimes(args.benchmarks) if args.benchmarks else None,
        recipes=read_table(args.recipes) if args.recipes else None,
    )
    claims = [(paper, rx.scorecard.claims_of({paper.name: paper})) for paper in papers().values()]
    text = to_html(rows, claims, figures, values, about)
    with atomic_write(args.output) as part:
        part.write_text(text, encoding="utf-8")


def _text(path: str, files: int) -> str:
    """A configuration file; of several, with its name above."""
    return (f"# {path}\n" if files > 1 else "") + Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    arguments = configured(__doc__)
    arguments.add_argument("--rows", type=Path, required=True, help="table of the scorecard")
    arguments.add_argument("--values", type=Path, required=True, help="table of the number of each network")
    arguments.add_argument("--recipes", type=Path, help="table of the claims on networks trained in other ways")
    arguments.add_argument("--figures", type=Path, nargs="*", default=[], help="PNGs, named after the figures")
    arguments.add_argument("--benchmarks", type=Path, help="folder with the times of the jobs")
    arguments.add_argument("--output", type=Path, required=True, help="the HTML file")
    run(main, arguments)
