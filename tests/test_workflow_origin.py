"""Results of other settings, edited tables and touched files: no figure is drawn from them without a word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from shipped_networks import made_results
from workflow_checkout import checkout, reference_at_smoke

import replicortex as rx
from replicortex.explain import embedded

pytestmark = pytest.mark.workflow
FIGURE = "figures/figS4.pdf"
TABLES = Path("results/smoke/tables/reference")


def test_no_figure_shows_other_networks_than_it_says(tmp_path):
    """Results copied here without Snakemake's memory of how they were made, and what may have happened to them."""
    here = checkout(tmp_path / "checkout")
    study = rx.load_config(here.folder / "config.yaml", scale="smoke")
    made_results(study, here.folder / "results")
    (here.folder / "results/smoke/networks/reference/seed1.safetensors").unlink()
    drawn = here.snakemake(FIGURE)
    assert drawn.status == 0 and drawn.jobs == {"figure": 1}, drawn.text
    (told,) = embedded(here.folder / FIGURE)["origins"]
    assert list(told["networks"]) == ["seed0", "seed1"] and "networks  reference 2" in drawn.text

    table = here.folder / TABLES / "agreement.parquet"
    before = table.read_bytes()
    pd.read_parquet(table).to_parquet(table, index=False)
    refused = here.snakemake(FIGURE)
    assert f"figure.py: {TABLES}/agreement.parquet: carries no checksum" in refused.text
    assert refused.status == 1 and not (here.folder / FIGURE).exists()

    table.write_bytes(before)
    here.configure(reference_at_smoke(units=40))
    shutil.rmtree(here.folder / ".snakemake")
    other = here.snakemake(FIGURE)
    assert other.status == 1 and not (here.folder / FIGURE).exists()
    assert "history.parquet: holds seed0, seed1 of 'reference' at scale 'smoke', fingerprint" in other.text
    weights = here.snakemake(str(TABLES / "architecture.parquet"), "--force")
    assert "seed0.safetensors: holds seed0 of 'reference' at scale 'smoke', fingerprint" in weights.text

    touched = here.snakemake(str(TABLES / "agreement.parquet"), "--touch", "--force")
    assert touched.status == 0 and "touched and nothing was computed" in touched.text, touched.text
