"""`make bench`: tables printed as Markdown so that they can stand in docs; with --gpu that of docs/gpu.md."""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # one core: what a training job is given

import torch

from benchmarks import gpu, job, step
from replicortex import provenance
from replicortex.networks.products import choose_product_route


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    route = choose_product_route()
    machine = provenance.environment()
    print(f"Processor: {machine.get('processor', 'unknown')}; torch {torch.__version__}; products: {route}\n")
    print("CPU milliseconds per update of one 256-unit network, one core, means over the real mix of tasks\n")
    print(
        "| batch | updates | steps | ours | plain PyTorch | ours / plain (quartiles) | products alone "
        "| products / ours | trial generation | us per trial |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    for batch in (16, 32, 64):
        s = step.measure_step(batch)
        print(
            f"| {s.batch} | {s.updates} | {s.mean_steps:.1f} | {s.ours:.1f} | {s.plain:.1f} | {s.ours / s.plain:.2f} "
            f"({s.ratio_low:.2f}-{s.ratio_high:.2f}) | {s.floor:.1f} | {s.floor / s.ours:.2f} "
            f"| {s.generation:.2f} ({s.generation / s.ours:.1%}) | {1e3 * s.ours / s.batch:.0f} |",
            flush=True,
        )
    print("\n| what | measured |\n|---|---|")
    print(f"| largest relative gradient error, float32 against float64 | {step.gradient_error():.1e} |")
    print(f"| Adam alone | {step.optimiser_share():.2f} ms |")
    print(f"| start of a training job to its first update | {job.start_up():.2f} s of CPU |", flush=True)
    print(f"| one evaluation (20 tasks, 512 trials each) | {job.evaluation():.2f} s of CPU |")
    print(f"| peak memory of a training job | {job.peak_memory():.0f} MiB |")
    for figure in ("fig1", "fig2"):
        seconds = job.redraw(figure)
        said = "tables not there" if seconds is None else f"{seconds:.1f} s"
        print(f"| redrawing {figure} from its tables | {said} |")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--gpu", action="store_true", help="many networks on a GPU, and nothing else")
    gpu.table() if arguments.parse_args().gpu else main()
