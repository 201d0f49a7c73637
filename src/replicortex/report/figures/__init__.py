"""Pages on the claims of all papers, drawn from their verdicts and from no table of an experiment."""

from replicortex.pipeline.paper import Figure

PAGES: dict[str, Figure] = {
    name: Figure(name, f"replicortex.report.figures.{module}", {})
    for name, module in (
        ("scorecard", "scorecard:scorecard_figure"),
        ("figS_samples", "figs_samples:samples_figure"),
        ("robustness", "robustness:robustness_figure"),
    )
}
