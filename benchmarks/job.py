"""What surrounds the updates: start-up and memory of a training job, evaluation, redrawing a figure."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_START = """
import resource
import replicortex as rx
experiment = rx.load_config("config.yaml", scale="laptop")["reference"]
from replicortex.training.trainer import Trainer
trainer = Trainer(experiment, "seed0")
trainer.advance()
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime)
"""

# A whole job with everything it does: updates, evaluations, checkpoints, the history as a table, the weight file. The
# kernel's own count, since a child's ru_maxrss begins at the peak of the process that started it.
_JOB = """
import pathlib, tempfile
import replicortex as rx
experiment = rx.load_config("config.yaml", scale="laptop")["reference"]
training = experiment.training.model_copy(update={"trials": 4800, "evaluate_every": 100})
short = experiment.model_copy(update={"training": training, "seeds": [0]})
with tempfile.TemporaryDirectory() as folder:
    rx.training.train(short, seeds=[0], results=folder)
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else ["VmHWM: nan kB"]
print(next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)
"""

_EVALUATE = """
import time
import torch
torch.set_num_threads(1)
import replicortex as rx
from replicortex.training.trainer import Trainer
experiment = rx.load_config("config.yaml", scale="laptop")["reference"]
trainer = Trainer(experiment, "seed0")
trainer.advance()
begun = time.thread_time()
trainer.evaluate()
print(time.thread_time() - begun)
"""


def _child(program: str) -> list[float]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return [float(word) for word in done.stdout.split()]


def start_up() -> float:
    """Seconds of CPU time until the first update of a training job is done."""
    return _child(_START)[0]


def peak_memory() -> float:
    """MiB at the peak of a short training job of one 256-unit network, files included; NaN where no /proc tells."""
    return _child(_JOB)[0]


def evaluation() -> float:
    """Seconds of CPU time of one evaluation: twenty tasks, 16 x 32 trials each."""
    return _child(_EVALUATE)[0]


def redraw(figure: str, scale: str = "laptop") -> float | None:
    """Seconds to draw a figure again from its tables, or None where the tables are not there."""
    import replicortex as rx

    study = rx.load_config(ROOT / "config.yaml", scale=scale)
    experiment = study["reference"]
    folder = ROOT / study.folder / "tables" / "reference"
    tables = [folder / f"{name}.parquet" for name in rx.figures.FIGURES[figure].shows["reference"]]
    if not all(table.exists() for table in tables):
        return None
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "workflow_scripts/figure.py", figure, "--population", "reference"]
        command += [experiment.schedule.name, str(experiment.network.units), *map(str, tables)]
        command += ["--scale", scale, "--networks", "trained here", "--output", f"{scratch}/{figure}.pdf"]
        begun = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return time.perf_counter() - begun
