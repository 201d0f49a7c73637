"""`make bench`: tables printed as Markdown so that they can stand in docs; with --gpu that of docs/gpu.md,
with --spiking those of the spiking networks alone."""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # one core: what a training job is given

import torch

from benchmarks import ceiling, gpu, job, primer, spiking, step
from replicortex import native, provenance
from replicortex.networks.products import choose_product_route


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    route, peak = choose_product_route(), ceiling.peak()
    machine = provenance.environment()
    print(f"Processor: {machine.get('processor', 'unknown')}; torch {torch.__version__}, products {route}; "
          f"{native.report()}")
    print("Float32 peak of this core: " + ("not known" if peak is None else f"{peak / 1e9:.0f} GFLOP/s") + "\n")
    _updates(peak)
    _surroundings()
    _growth()
    print()
    spiking.table()
    print()
    primer.table()


def _share(operations: float, milliseconds: float, peak: float | None) -> str:
    return "" if peak is None else f"{operations / (1e-3 * milliseconds) / peak:.0%}"


def _updates(peak: float | None) -> None:
    print("CPU milliseconds per update of one 256-unit network, one core, means over the real mix of tasks\n")
    print("| batch | path | ms | ratio to plain PyTorch (quartiles) | trials/s | share of the float32 peak |")
    print("|---|---|---|---|---|---|")
    for batch in (16, 32, 64):
        s = step.measure_step(batch)
        rows = [("plain PyTorch loop", s.plain, "1")]
        if s.plain_faster is not None:
            rows += [("plain PyTorch loop, faster product", s.plain_faster, f"{s.plain_faster / s.plain:.2f}")]
        rows += [("products alone, PyTorch", s.products, f"{s.products / s.plain:.2f}")]
        rows += [(p.name, p.milliseconds, f"**{p.ratio:.2f}** ({p.low:.2f}-{p.high:.2f})") for p in s.paths]
        rows += [("making the trials (part of each)", s.generation, f"{s.generation / s.plain:.2f}")]
        for name, milliseconds, ratio in rows:
            computes = not name.startswith("making")
            share = _share(s.operations, milliseconds, peak) if computes else ""
            pace = f"{1e3 * batch / milliseconds:,.0f}" if computes else ""
            print(f"| {batch} | {name} | {milliseconds:.2f} | {ratio} | {pace} | {share} |", flush=True)
    print(f"\n{s.updates} updates of each, in turn; {s.mean_steps:.1f} steps in the mean.\n")


def _surroundings() -> None:
    print("| what | measured |\n|---|---|")
    for name, error in step.gradient_errors().items():
        print(f"| largest relative gradient error against float64, {name} | {error:.1e} |")
    for name, optimiser in (("Adam", "adam"), ("SOAP", "soap")):
        print(f"| {name} alone | {step.optimiser_share(optimiser):.2f} ms |")
    print(f"| synaptic importance alone | {step.importance_share():.2f} ms |")
    print(f"| start of a training job to its first update | {job.start_up():.2f} s of CPU |", flush=True)
    print(f"| one evaluation (20 tasks, 512 trials each) | {job.evaluation():.2f} s of CPU |")
    print(f"| peak memory of a training job | {job.peak_memory():.0f} MiB |")
    for figure in ("fig1", "fig2"):
        seconds = job.redraw(figure)
        said = "tables not there" if seconds is None else f"{seconds:.1f} s"
        print(f"| redrawing {figure} from its tables | {said} |", flush=True)


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
    chosen = arguments.parse_args()
    gpu.table() if chosen.gpu else spiking.table() if chosen.spiking else main()
