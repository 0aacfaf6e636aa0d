"""Sound files broken in many ways, the same ways for the same seed.

`mutants` gives as many as asked for; `MUTATORS` names the ways. A fuzz is of use only where the broken
file still reaches a decoder, so besides blind damage there are lies in the numbers and words by which a
format describes itself (`fuzz_lies`), and damage within what a file has packed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .fuzz_lies import Rng, png_chunks, repair_png, tell_lie, tell_tale
from .fuzz_seeds import Seed, real_seeds, seeds

__all__ = ["MUTATORS", "Mutant", "Seed", "mutants", "mutate", "real_seeds", "seeds"]

Others = Sequence[Seed]
Mutator = Callable[[Seed, Rng, Others], bytes]

SPECIAL = tuple(
    bytes.fromhex(word) for word in ("00000000", "ffffffff", "7fffffff", "ffffff7f", "80000000", "0000")
)


@dataclass(frozen=True)
class Mutant:
    """A broken file. name: of a file, unique in a run; it tells how it came to be."""

    name: str
    seed: Seed
    mutators: tuple[str, ...]
    data: bytes


def mutants(count: int, seed: int, of: Sequence[Seed] | None = None) -> Iterator[Mutant]:
    """So many broken files; number n is the same whatever the count.

    of: the sound files, `seeds` unless given. Each is taken in turn, with a mutator drawn anew.
    """
    sound = tuple(of or seeds())
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        chosen = sound[number % len(sound)]
        names = _draw(rng)
        data = chosen.data
        for name in names:
            if data:  # else an earlier one has cut all off
                data = mutate(name, Seed(chosen.name, chosen.format, data), rng, sound)
        yield Mutant(f"{number:05}-{'-'.join(names)}-{chosen.name}", chosen, names, data)


def _draw(rng: Rng) -> tuple[str, ...]:
    """One way mostly, sometimes two or three after one another."""
    names = list(MUTATORS)
    return tuple(
        names[rng.integers(len(names))]
        for _ in range(1 + int(rng.integers(4) == 0) * int(rng.integers(1, 3)))
    )


def mutate(name: str, seed: Seed, rng: Rng, others: Others) -> bytes:
    """The file broken in one way; half of the time inside of what it has packed, if it has."""
    for _ in range(20):
        inner = _unpacked(seed, rng) if rng.integers(2) else None
        part, rewrap = inner if inner and inner[0].data else (seed, _as_it_is)
        broken = MUTATORS[name](part, rng, others)
        if broken == part.data:
            continue
        if part.format == "PNG" and rng.integers(2):
            broken = repair_png(broken)  # else hardly one would be looked into
        return rewrap(broken)
    return _truncated(seed, rng, others)  # a lie in a file that has nothing to lie about


def _as_it_is(data: bytes) -> bytes:
    return data


# What is packed


def _unpacked(seed: Seed, rng: Rng) -> tuple[Seed, Callable[[bytes], bytes]] | None:
    try:
        if seed.format == "zip":
            return _member(seed, rng)
        if seed.format == "PNG":
            return _scan_lines(seed)
        return _inflated(seed) if seed.format == "DICOM deflated" else None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError):
        return None  # broken already


def _member(seed: Seed, rng: Rng) -> tuple[Seed, Callable[[bytes], bytes]]:
    with zipfile.ZipFile(io.BytesIO(seed.data)) as opened:
        infos = opened.infolist()
        files = [opened.read(info) for info in infos]
    chosen = int(rng.integers(len(infos)))
    known = {known.name: known.format for known in seeds()}

    def rewrap(data: bytes) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as opened:
            for number, (info, content) in enumerate(zip(infos, files, strict=True)):
                opened.writestr(info, data if number == chosen else content)
        return file.getvalue()

    name = infos[chosen].filename
    return Seed(name, known.get(name, "DICOM native"), files[chosen]), rewrap


def _scan_lines(seed: Seed) -> tuple[Seed, Callable[[bytes], bytes]]:
    """The lines of a PNG with the byte before each that names its filter."""
    start, end = seed.data.index(b"IDAT") - 4, seed.data.rindex(b"IEND") - 4
    chunks = list(png_chunks(seed.data[:end], start))
    packed = b"".join(seed.data[at + 8 : at + 8 + length] for at, length, kind in chunks if kind == b"IDAT")
    lines = zlib.decompress(packed)

    def rewrap(data: bytes) -> bytes:
        content = zlib.compress(data)
        chunk = len(content).to_bytes(4, "big") + b"IDAT" + content + bytes(4)
        return repair_png(seed.data[:start] + chunk + seed.data[end:])

    return Seed(seed.name, "scan lines", lines), rewrap


def _inflated(seed: Seed) -> tuple[Seed, Callable[[bytes], bytes]]:
    start = 144 + int.from_bytes(seed.data[140:144], "little")
    body = zlib.decompress(seed.data[start:], -zlib.MAX_WBITS)

    def rewrap(data: bytes) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return seed.data[:start] + packer.compress(data) + packer.flush()

    return Seed(seed.name, "DICOM native", bytes(132) + body), lambda data: rewrap(data[132:])


# Blind damage


def _span(size: int, rng: Rng, longest: int = 512) -> tuple[int, int]:
    """Somewhere in the file, mostly short."""
    length = int(2 ** rng.uniform(0, np.log2(longest)))
    start = int(rng.integers(max(size - length, 1)))
    return start, min(start + length, size)


def _bit_flips(seed: Seed, rng: Rng, _: Others) -> bytes:
    data = np.frombuffer(seed.data, np.uint8).copy()
    count = int(2 ** rng.uniform(0, 6))
    np.bitwise_xor.at(
        data, rng.integers(0, data.size, count), (1 << rng.integers(0, 8, count)).astype(np.uint8)
    )
    return data.tobytes()


def _noise(seed: Seed, rng: Rng, _: Others) -> bytes:
    start, end = _span(len(seed.data), rng)
    return seed.data[:start] + rng.bytes(end - start) + seed.data[end:]


def _truncated(seed: Seed, rng: Rng, _: Others) -> bytes:
    return seed.data[: rng.integers(len(seed.data))]


def _deleted(seed: Seed, rng: Rng, _: Others) -> bytes:
    start, end = _span(len(seed.data), rng)
    return seed.data[:start] + seed.data[end:]


def _duplicated(seed: Seed, rng: Rng, _: Others) -> bytes:
    start, end = _span(len(seed.data), rng)
    times = int(2 ** rng.uniform(1, 6))
    return seed.data[:start] + seed.data[start:end] * times + seed.data[end:]


def _zeroed(seed: Seed, rng: Rng, _: Others) -> bytes:
    start, end = _span(len(seed.data), rng)
    return seed.data[:start] + bytes(end - start) + seed.data[end:]


def _filled(seed: Seed, rng: Rng, _: Others) -> bytes:
    start, end = _span(len(seed.data), rng)
    return seed.data[:start] + b"\xff" * (end - start) + seed.data[end:]


def _planted(seed: Seed, rng: Rng, _: Others) -> bytes:
    word = SPECIAL[rng.integers(len(SPECIAL))]
    at = int(rng.integers(len(seed.data) // 2 + 1)) * 2
    return seed.data[:at] + word + seed.data[at + len(word) :]


# Heads and tails


def _swapped_head(seed: Seed, rng: Rng, others: Others) -> bytes:
    """The head of another file of this kind on this tail, or the other way round."""
    kind = seed.format.split(maxsplit=1)[0]
    return _swap(seed, rng, [other for other in others if other.format.split(maxsplit=1)[0] == kind])


def _swapped_format(seed: Seed, rng: Rng, others: Others) -> bytes:
    kind = seed.format.split(maxsplit=1)[0]
    return _swap(seed, rng, [other for other in others if other.format.split(maxsplit=1)[0] != kind])


def _swap(seed: Seed, rng: Rng, others: Others) -> bytes:
    if not others:
        return seed.data
    other = others[int(rng.integers(len(others)))].data
    first, second = (seed.data, other) if rng.integers(2) else (other, seed.data)
    cut = int(rng.integers(len(first)))
    return first[:cut] + second[cut if rng.integers(2) else int(rng.integers(len(second))) :]


# Lies


def _lying_number(seed: Seed, rng: Rng, _: Others) -> bytes:
    data = tell_lie(seed.data, seed.format, rng)
    while rng.integers(3) == 0:
        data = tell_lie(data, seed.format, rng)
    return data


def _lying_word(seed: Seed, rng: Rng, _: Others) -> bytes:
    return tell_tale(seed.data, seed.format, rng)


MUTATORS: dict[str, Mutator] = {
    "bit_flips": _bit_flips,
    "noise": _noise,
    "truncated": _truncated,
    "deleted": _deleted,
    "duplicated": _duplicated,
    "zeroed": _zeroed,
    "filled": _filled,
    "planted": _planted,
    "swapped_head": _swapped_head,
    "swapped_format": _swapped_format,
    "lying_number": _lying_number,
    "lying_number_again": _lying_number,  # twice as often as the rest: most of what it does is aimed
    "lying_word": _lying_word,
}
