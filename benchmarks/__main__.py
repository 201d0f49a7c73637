"""`make bench`: one page of tables, as Markdown so that they can stand in docs.

--all adds how times grow with sizes, the spiking networks' updates and long runs, and the primer; --gpu prints the
tables of docs/gpu.md, --spiking those of the spiking networks alone.
"""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # one core: what a training job is given

import torch

from benchmarks import gpu, job, planning, primer, spiking, step
from replicortex import native, provenance
from replicortex.networks.products import choose_product_route


def main(everything: bool) -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    machine = provenance.environment()
    print(f"{machine.get('processor', 'unknown')}; torch {torch.__version__}, products {choose_product_route()}; "
          f"{native.report()}\n")  # fmt: skip
    _updates()
    _surroundings()
    print("\n| spiking networks, 15 s of the sine task | s | us per step: median (10 %) |\n|---|---|---|")
    for name in spiking.SINES:
        s = spiking.sine(name)
        print(f"| {name} | {s.seconds:.1f} | {s.step:.1f} ({s.step_tenth:.1f}) |", flush=True)
    if everything:
        _growth()
        print()
        spiking.table()
        print()
        primer.table()


def _updates() -> None:
    print("| CPU ms of an update, 256 units: median (10 %) | batch 16 | 32 | 64 |\n|---|---|---|---|")
    steps = [step.measure_step(batch) for batch in (16, 32, 64)]
    for name in steps[0].timings:
        cells = []
        for s in steps:
            t = s.timings[name]
            share = "" if s.peak is None else f", {s.operations / (1e-3 * t.median) / s.peak:.0%}"
            told = "" if name == "making the trials" else f" {t.ratio:.2f}{share}"
            cells.append(f"{t.median:.2f} ({t.tenth:.2f}){told}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    peaks = " | ".join("not known" if s.peak is None else f"{1e-9 * s.peak:.0f}" for s in steps)
    print(f"| float32 peak of this core, GFLOP/s | {peaks} |")
    print(f"\nAfter the times: ratio to the plain loop, share of the peak. {steps[0].updates} updates each, in turn.\n")


def _surroundings() -> None:
    errors = ", ".join(f"{name} {error:.1e}" for name, error in step.gradient_errors().items())
    print("| what | measured |\n|---|---|")
    print(f"| largest relative gradient error against float64 | {errors} |")
    alone = [step.optimiser_share(optimiser) for optimiser in ("adam", "soap")] + [step.importance_share()]
    print("| Adam, SOAP, synaptic importance alone | {:.2f}, {:.2f}, {:.2f} ms |".format(*alone))
    seconds = f"{job.start_up():.2f}, {job.evaluation():.2f} s of CPU"
    print(f"| start of a training to its first update, one evaluation | {seconds} |")
    print(f"| peak memory of a training job | {job.peak_memory():.0f} MiB |", flush=True)
    plans = planning.planning()
    beyond = ", ".join(f"{what} {plans[what]:.2f} s" for what in ("figures/fig2.pdf", "all"))
    print(f"| planning, CPU beyond an empty Snakefile ({plans['empty Snakefile']:.2f} s) | {beyond} |", flush=True)
    redrawn = {figure: job.redraw(figure) for figure in ("fig1", "fig2")}
    told = ", ".join(f"{name} {spent:.1f} s" for name, spent in redrawn.items() if spent is not None)
    print(f"| redrawing from tables | {told or 'tables not there'} |", flush=True)


def _growth() -> None:
    rows = step.growth()
    names = list(rows[0][2])
    print("\nCPU milliseconds of one gradient (noise, forward, backward) as one size grows\n")
    print(f"| sizes | GFLOP | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}")
    for what, operations, milliseconds in rows:
        cells = " | ".join(f"{milliseconds[name]:.1f}" for name in names)
        print(f"| {what} | {operations / 1e9:.2f} | {cells} |", flush=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--gpu", action="store_true", help="many networks on a GPU, and nothing else")
    arguments.add_argument("--spiking", action="store_true", help="spiking networks, and nothing else")
    arguments.add_argument("--all", action="store_true", help="the page, and the longer tables behind it")
    chosen = arguments.parse_args()
    gpu.table() if chosen.gpu else spiking.table() if chosen.spiking else main(chosen.all)
