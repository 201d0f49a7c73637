"""What the kernel is compiled for; read by ``setup.py`` too, so it imports nothing but the standard library."""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SOURCE = FOLDER / "kernel.cpp"
# Whole names, by which the hash of a rule's code finds these files.
HEADERS = tuple(
    FOLDER / name
    for name in (
        *("vectors.h", "activations.h", "products.h", "bfloat16.h", "matrix.h", "batch.h"),
        *("sequence.h", "leaky_rnn.h", "leaky_gru.h"),
    )
)
PROBE = FOLDER / "probe.cpp"

# Sums and products may be fused; nothing else is reordered, so that a variant always gives the same bits.
_FLAGS = ("-std=c++17", "-O3", "-ffp-contract=fast", "-fno-math-errno")
_AVX512 = ("-mavx2", "-mfma", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512")


@dataclass(frozen=True)
class Variant:
    """One compilation of the kernel.

    Attributes
    ----------
    name
        Its name in the metadata of a network.
    flags
        Flags of the compiler beyond `_FLAGS`.
    half
        Whether it multiplies bfloat16 numbers, which split and mixed precision need.
    """

    name: str
    flags: tuple[str, ...] = ()
    half: bool = False

    @property
    def all_flags(self) -> tuple[str, ...]:
        """Every option of the compiler, with the hash by which a stale library is noticed."""
        return (*_FLAGS, *self.flags, f'-DREPLICORTEX_SOURCE="{self.source_hash}"')

    @property
    def source_hash(self) -> str:
        """Hash of the kernel's text and options: a library made from others is not used."""
        digest = hashlib.sha256(" ".join((*_FLAGS, *self.flags)).encode())
        for path in (SOURCE, *HEADERS):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]


def variants(machine: str | None = None) -> tuple[Variant, ...]:
    """Variants for a kind of processor, the fastest first; none where the kernel was never written for it.

    Parameters
    ----------
    machine
        As ``platform.machine()`` names it; this one by default.
    """
    kind = (machine or platform.machine()).lower()
    if kind in ("x86_64", "amd64"):
        return (
            Variant("amx", (*_AVX512, "-mavx512bf16", "-mamx-tile", "-mamx-bf16"), half=True),
            Variant("avx512_bf16", (*_AVX512, "-mavx512bf16"), half=True),
            Variant("avx512", _AVX512),
            Variant("avx2", ("-mavx2", "-mfma")),
        )
    if kind in ("arm64", "aarch64"):
        return (Variant("neon"),)
    return ()
