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

pytestmark = pytest.mark.workflow
SHIPPED = {"reference"}
FIGURES = [name for name, entry in rx.figures.FIGURES.items() if set(entry.shows) == SHIPPED]


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


def test_the_gallery_trains_nothing_and_measures_no_network_but_the_first(shipping):
    answer = shipping.plan("gallery", on=("pretrained",))
    assert answer.status == 0, answer.text
    read = {name for figure in FIGURES for name in rx.figures.FIGURES[figure].shows["reference"]}
    read |= set(rx.scorecard.tables_read()["reference"])
    assert answer.jobs == {
        **{"unpack_network": 1, "unpack_table": len(read & set(pretrained.TABLES))},
        **dict.fromkeys(("example", "weights", "observers", "members", "ftv_types", "recordings", "scorecard_page"), 1),
        **{"scorecard": 1, "scorecard_figure": 2, "figure": len(FIGURES)},
    }
    assert "results/pretrained/smoke/tables" in answer.text and not re.search("results/smoke", answer.text)


def test_shipped_networks_can_be_measured_again(shipping):
    answer = shipping.plan("figures/fig2.pdf", on=("pretrained", "remeasure"))
    assert answer.status == 0, answer.text
    per_network = dict.fromkeys(("unpack_network", "variance", "clusters", "lesions"), 3)
    assert answer.jobs == {**per_network, "gather": 6, "example": 1, "members": 1, "figure": 1}


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
    page = fresh.plan("figures/scorecard.html", on=("pretrained", "remeasure"))
    assert page.status == 0 and "factor_shares" not in page.text


def test_a_process_measures_a_shard(fresh):
    fresh.configure(lambda config: config["scales"]["smoke"].update(shard=2))
    answer = fresh.plan("figures/fig2.pdf", on=("pretrained", "remeasure"))
    assert answer.status == 0, answer.text
    assert answer.jobs == {"unpack_network": 3, **dict.fromkeys(("variance", "clusters", "lesions"), 2), "gather": 6,
                           "example": 1, "members": 1, "figure": 1}  # fmt: skip
    assert "lesions of seed0+1 of reference" in answer.text and "lesions of seed2 of reference" in answer.text
    part = "results/remeasured/smoke/tables/reference/parts/seed1/lesions.parquet"
    told = last_line(fresh.plan(part, on=("pretrained", "remeasure")))
    assert told == "'seed1' is not measured by one process; shards are seed0+1, seed2"


def test_the_configuration_can_ask_for_shipped_networks_too(fresh):
    fresh.configure(lambda config: config.update(pretrained=True))
    answer = fresh.plan()
    assert answer.status == 0 and "train" not in answer.jobs and answer.jobs["figure"] == len(FIGURES)
    other = fresh.call("-m", "snakemake", "-n", "--config", "scale=smoke", "pretrained=false", "--", "figures/fig2.pdf")
    assert other.status == 0 and other.jobs["train"] == 2, other.text


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
        ("results/pretrained/smoke/tables/tanh_gru/units.parquet", "smoke", "'tanh_gru' has no shipped networks"),
    ],
)
def test_what_is_not_shipped_is_refused_before_anything_is_planned(shipping, target, scale, message):
    assert re.search(message, last_line(shipping.plan(target, scale=scale, on=("pretrained",))))


def test_the_gallery_is_of_shipped_networks_only(shipping):
    assert "add --config pretrained=true" in last_line(shipping.plan("gallery"))


def test_other_settings_than_the_networks_were_trained_with_are_refused(fresh):
    fresh.configure(lambda config: config["experiments"]["reference"]["network"].update(activation="relu"))
    told = last_line(fresh.plan("figures/fig2.pdf", on=("pretrained",)))
    assert "reference.network.activation: 'relu', but the shipped networks were trained with 'softplus'" in told


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


def test_a_figure_tells_where_its_networks_came_from(fresh):
    answer = fresh.snakemake("figures/figS4.pdf", on=("pretrained",))
    assert answer.status == 0, answer.text
    assert answer.jobs == {"unpack_table": 4, "members": 1, "figure": 1}
    (told,) = embedded(fresh.folder / "figures/figS4.pdf")["origins"]
    assert told["sources"] == [f"shipped with replicortex v{rx.__version__}"] and told["scale"] == "smoke"
    assert list(told["networks"]) == ["seed0", "seed1", "seed2"]


def test_a_network_measured_again_gives_the_shipped_numbers(fresh):
    """Packed, unpacked and measured: the bits of the same network measured where it was made."""
    parts = "results/{}/smoke/tables/reference/parts/seed1/task_variance.parquet"
    answer = fresh.snakemake(parts.format("remeasured"), on=("pretrained", "remeasure"))
    assert answer.status == 0 and answer.jobs == {"unpack_network": 1, "variance": 1}, answer.text
    trained = fresh.folder.parent / "seed1.safetensors"
    trained.write_bytes(pretrained.weights(pretrained.read(fresh.folder / "pretrained/smoke/reference"), "seed1"))
    before = rx.analysis.measure_variance([rx.networks.load(trained)])["task_variance"]
    pd.testing.assert_frame_equal(pd.read_parquet(fresh.folder / parts.format("remeasured")), before)
