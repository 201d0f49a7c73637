"""Shipped networks in the workflow: nothing is trained, and what is not shipped is refused."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from shipped_networks import made_results
from whole_config import whole_config
from workflow_checkout import Checkout, checkout

import replicortex as rx
from replicortex import pretrained
from replicortex.explain import embedded
from replicortex.pipeline import Plan, papers
from replicortex.pipeline.plan import OF_CLAIMS

SHIPPED = {"reference"}
# of these networks, or of single neurons, for which nothing is trained
FIGURES = [name for name, entry in rx.figures.FIGURES.items() if set(entry.shows) in (SHIPPED, {"teaching"})]


@pytest.fixture(scope="module")
def shipping(tmp_path_factory) -> Checkout:
    """A checkout in which three reference networks are shipped, more than its scale would train."""
    made = checkout(tmp_path_factory.mktemp("shipping") / "checkout")
    config = whole_config(made.folder)
    config["experiments"]["reference"]["scales"] = {"smoke": {"seeds": 3}}
    study = rx.load_config(config, scale="smoke")
    results = made_results(study, made.folder.parent / "made")
    pretrained.pack(results, "reference", made.folder / "pretrained")
    return made


@pytest.fixture
def fresh(shipping, tmp_path) -> Checkout:
    return shipping.copy(tmp_path / "checkout")


def last_line(answer) -> str:
    assert answer.status == 1 and "Traceback" not in answer.text, answer.text
    return answer.text.splitlines()[-1]


@pytest.mark.workflow
def test_the_gallery_trains_nothing_and_measures_no_network_but_the_first(shipping):
    answer = shipping.plan("gallery", on=("pretrained",))
    assert answer.status == 0, answer.text
    assert not {"train", "variance", "clusters", "lesions", "gather"} & set(answer.jobs), answer.text
    assert answer.jobs["unpack_network"] == answer.jobs["example"] == 1 and answer.jobs["figure"] == len(FIGURES)
    assert "results/pretrained/smoke/tables" in answer.text and not re.search("results/smoke", answer.text)


@pytest.mark.workflow
def test_a_figure_is_drawn_from_tables_shipped_without_their_networks(fresh):
    study = rx.load_config(fresh.folder / "config.yaml", scale="smoke")
    results = made_results(study, fresh.folder.parent / "made", "hyperparameters")
    pretrained.pack(results, "hyperparameters", fresh.folder / "pretrained", weights=False)
    answer = fresh.snakemake("figures/fig3.pdf", on=("pretrained",))
    assert answer.status == 0, answer.text
    assert answer.jobs == {"unpack_table": 2, "members": 1, "grid": 1, "figure": 1}
    assert (fresh.folder / "figures/fig3.pdf").stat().st_size > 10_000
    refused = last_line(fresh.plan("figures/fig3.pdf", on=("pretrained", "remeasure")))
    assert "hyperparameters: none of its networks are shipped" in refused
    assert "factor_shares" not in planned(fresh, remeasure=True).read("scorecard").get("hyperparameters", ())


@pytest.mark.workflow
def test_a_process_measures_a_shard(fresh):
    fresh.configure(lambda config: config["scales"]["smoke"].update(shard=2))
    answer = fresh.plan("figures/fig2.pdf", on=("pretrained", "remeasure"))
    assert answer.status == 0, answer.text
    assert answer.jobs == {"unpack_network": 3, **dict.fromkeys(("variance", "clusters", "lesions"), 2), "gather": 6,
                           "example": 1, "members": 1, "figure": 1}  # fmt: skip
    assert "lesions of seed0+1 of reference" in answer.text and "lesions of seed2 of reference" in answer.text
    part = "results/remeasured/smoke/tables/reference/parts/seed1/lesions.parquet"
    told = last_line(fresh.plan(part, on=("pretrained", "remeasure")))
    assert told == "'seed1' is not measured by one process; these are seed0+1, seed2"
    fresh.configure(lambda config: config.update(pretrained=True))
    other = fresh.call("-m", "snakemake", "-n", "--config", "scale=smoke", "pretrained=false", "--", "figures/fig2.pdf")
    assert other.status == 0 and other.jobs["train"] == 2, other.text


def planned(where: Checkout, scale: str = "smoke", **switches: bool) -> Plan:
    """The plan of a checkout, in this process."""
    study = rx.load_config(where.folder / "config.yaml", scale, pretrained=True, **switches)
    shipped = pretrained.available(scale, where.folder / "pretrained")
    return Plan(pretrained.shipped_study(study, shipped), papers(), shipped, rx.scorecard.tables_read())


@pytest.mark.parametrize(
    ("target", "scale", "message"),
    [
        (
            "figures/figS_sizes.pdf",
            "smoke",
            r"sizes: none of its networks are shipped at scale 'smoke', but 'figS_sizes' shows them; "
            r"set pretrained: false to train them \(shipped are: reference \(3 seeds\)\)",
        ),
        ("figures/fig2.pdf", "laptop", r"reference: none of its networks are shipped at scale 'laptop'.*none\)"),
        ("gallery", "laptop", "gallery: draws shipped networks; no networks are shipped at scale 'laptop'"),
    ],
)
def test_what_is_not_shipped_is_refused(shipping, target, scale, message):
    with pytest.raises(SystemExit, match=message):
        planned(shipping, scale).asked([target])


def test_only_shipped_networks_are_unpacked_measured_and_shown(shipping):
    plan = planned(shipping)
    assert set(plan.gallery) == {*FIGURES, *OF_CLAIMS} - {"robustness"}, "no other recipe is shipped"
    with pytest.raises(SystemExit, match="'tanh_gru' has no shipped networks"):
        plan.networks("tanh_gru")
    trained = Plan(rx.load_config(shipping.folder / "config.yaml", "smoke"), papers(), {}, {})
    with pytest.raises(SystemExit, match="gallery: draws shipped networks; add --config pretrained=true"):
        trained.asked(["gallery"])


@pytest.mark.workflow
def test_a_damaged_table_stops_the_figures_that_show_it(fresh):
    path = fresh.folder / "pretrained/smoke/reference/tables/lesions.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    table = "results/pretrained/smoke/tables/reference/{}.parquet"
    answer = fresh.snakemake(table.format("lesions"), table.format("units"), on=("pretrained",))
    assert answer.status == 1
    assert "tables/lesions.parquet: is not the file that" in answer.text
    assert not (fresh.folder / table.format("lesions")).exists() and (fresh.folder / table.format("units")).exists()


@pytest.mark.workflow
def test_a_figure_tells_where_its_networks_came_from(fresh):
    answer = fresh.snakemake("figures/figS4.pdf", on=("pretrained",))
    assert answer.status == 0, answer.text
    assert answer.jobs == {"unpack_table": 4, "members": 1, "figure": 1}
    (told,) = embedded(fresh.folder / "figures/figS4.pdf")["origins"]
    assert told["sources"] == [f"shipped with replicortex v{rx.__version__}"] and told["scale"] == "smoke"
    assert list(told["networks"]) == ["seed0", "seed1", "seed2"]


@pytest.mark.workflow
def test_a_network_measured_again_gives_the_shipped_numbers(fresh):
    """Packed, unpacked and measured: the bits of the same network measured where it was made."""
    parts = "results/{}/smoke/tables/reference/parts/seed1/task_variance.parquet"
    answer = fresh.snakemake(parts.format("remeasured"), on=("pretrained", "remeasure"))
    assert answer.status == 0 and answer.jobs == {"unpack_network": 1, "variance": 1}, answer.text
    trained = fresh.folder.parent / "seed1.safetensors"
    trained.write_bytes(pretrained.weights(pretrained.read(fresh.folder / "pretrained/smoke/reference"), "seed1"))
    before = rx.analysis.measure_variance([rx.networks.load(trained)])["task_variance"]
    pd.testing.assert_frame_equal(pd.read_parquet(fresh.folder / parts.format("remeasured")), before)
