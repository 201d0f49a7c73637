"""The sound of an output, and of its target, as WAV files."""

from argparse import Namespace
from pathlib import Path

from replicortex.pipeline.script import atomic_write, parser, read_table, run, weights
from replicortex.spiking import job, music


def main(args: Namespace) -> None:
    heard = job.sounds(weights(args.network), read_table(args.traces))
    for source, path in (("value", args.output), ("target", args.target)):
        with atomic_write(path) as part:
            music.write_wav(part, *heard[source])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("network", type=Path, help="weight file (.safetensors)")
    arguments.add_argument("--traces", type=Path, required=True, help="table of its traces")
    arguments.add_argument("--output", type=Path, required=True, help="the WAV of the output")
    arguments.add_argument("--target", type=Path, required=True, help="the WAV of the target")
    run(main, arguments)
