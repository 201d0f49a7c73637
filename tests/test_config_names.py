"""What the configuration knows of tasks by name, and that reading it loads no heavy library."""

import subprocess
import sys
from pathlib import Path

from replicortex.config import load_config
from replicortex.config.names import TASKS_OF

FILE = Path(__file__).parents[1] / "config.yaml"


def test_task_names_are_those_of_the_tasks():
    from replicortex.tasks import RULE_SETS

    assert {name: tuple(rules.tasks) for name, rules in RULE_SETS.items()} == TASKS_OF


def test_coding_has_the_fields_of_the_tasks():
    from replicortex.tasks import Coding

    assert Coding(**load_config(FILE)["sequential"].tasks.coding).easy_task


def test_import_is_light():
    code = (
        "import sys; import replicortex.config.loading; "
        "heavy = {'torch', 'numpy', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules); "
        "print(heavy)"
    )
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert heavy.strip() == "set()"


def test_blocks_tell_when_each_network_learns_which_tasks():
    study = load_config(FILE, scale="smoke")
    table = study["sequential"].block_table()
    experiment = study["sequential"].members()[0].experiment
    starts = dict(zip(table["task"], table["start_trials"], strict=True))
    batch, (_, second, *_) = experiment.schedule.batch, experiment.block_starts
    assert starts["fdgo"] == 0 and starts["delaygo"] == second * batch
    assert starts["contextdm1"] == starts["contextdm2"] == table["stop_trials"][table["task"].index("multidm")]
    assert max(table["stop_trials"]) == experiment.updates * batch
    assert set(table["evaluation_trials"]) == {2 * 32}
    assert len(table["task"]) == 7 * len(study["sequential"].members())
    plain = study["reference"].block_table()
    assert set(plain["block"]) == {0} and len(plain["task"]) == 20 * len(study["reference"].members())
    assert study["reference"].listed() == {"members": study["reference"].member_table(), "blocks": plain}
