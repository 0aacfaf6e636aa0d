"""Where mineral can lie in the fingers and hand, PA and oblique: placed by the segments' own frames."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_frames import rows
from mlcalc.simulate.anatomy.regions.upper_hand import Skeleton
from mlcalc.simulate.anatomy.regions.upper_rays import ORDER, Segment
from mlcalc.simulate.anatomy.regions.upper_rows import site_of
from mlcalc.simulate.grid import Points

Chain = list[Segment]


def ray_sites(places: Places, made: Skeleton, rays: tuple[int, ...] = (1, 2, 3, 4, 5)) -> None:
    """Sites of the rays' joints, tendons, vessels, pulp and skin."""
    for ray in rays:
        chain = [made.segments[ray, name] for name in ORDER if (ray, name) in made.segments]
        _joints(places, chain)
        _run(places, chain)
        _pulp(places, chain[-1])


def _joints(places: Places, chain: Chain) -> None:
    for upper, lower in zip(chain[1:], chain[:-1], strict=True):
        name = "mcp_joint" if lower.name == "metacarpal" else "interphalangeal_joint"
        half = upper.base / 2 * 0.95
        gap = (np.asarray(lower.end) + np.asarray(upper.start)) / 2
        line = [gap - upper.side * half, gap + upper.along * 0.4, gap + upper.side * half]
        deep = upper.base
        for side in (-1, 1):
            out = upper.side * side
            edge = [lower.point(0.94, side * lower.head / 2), upper.point(0.05, side * upper.base / 2)]
            ends = np.array(edge)
            collateral = [lower.point(0.92, side * (lower.head / 2 + 1)), gap + out * (half + 2.4),
                          upper.point(0.1, side * (upper.base / 2 + 1))]  # fmt: skip
            thumb = (
                "ulnar_collateral_ligament" if lower.ray == 1 and side < 0 and name == "mcp_joint" else name
            )
            places.add("ligament", collateral, 2.6, deep * 0.5, thumb, out, ends)
            places.add("capsule", collateral[::-1], 2.2, deep, name, out)
            beside, reach = gap + out * (half + 3), upper.along * 5
            places.add("periarticular", [beside - reach, beside, beside + reach], 5, deep, name, out)
        places.add(
            "joint_space", line, 1.6, deep, name, None, [lower.point(0.99, half), upper.point(0.01, half)]
        )
        head = [lower.point(0.94, -lower.head * 0.45), lower.point(1.0), lower.point(0.94, lower.head * 0.45)]
        places.add("hyaline_cartilage", head, 1.0, deep * 0.7, name, upper.along)
        across = upper.side * half
        if name == "mcp_joint":
            places.add("fibrocartilage", [gap - across * 0.7, gap + across * 0.7], 2.4, deep * 0.5, name)
        lining = [gap - across * 1.1, gap - lower.along * 2, gap + across * 1.1]
        places.add("synovium", lining, 3, deep, name)


def _run(places: Places, chain: Chain) -> None:
    """Tendons along the ray, vessels and nerves at its sides."""
    middle, last = chain[1], chain[-1]
    hand = places.region != "finger"
    flexor = [s.point(at) for s in chain[0 if hand else 1 : -1] for at in (0.35, 0.8)] + [last.point(0.15)]
    places.add("tendon", flexor, 4.2, 6, "finger_flexor_tendons")
    extensor = [s.point(at, 1.0) for s in chain[0 if hand else 1 : -1] for at in (0.3, 0.75)] + [
        last.point(0.06, 1.0)
    ]
    places.add("tendon", extensor, 3.4, 4, "finger_extensor_tendons")
    places.add("enthesis", [last.point(0.04, last.base * 0.46), last.point(-0.12, last.base * 0.75)], 2.2, 5,
               "finger_extensor_tendons", last.side)  # fmt: skip
    for side in (-1, 1):
        run = [s.point(at, side * (max(s.shaft, 6) / 2 + 2.6)) for s in chain[1:] for at in (0.1, 0.5, 0.9)]
        places.add("artery", run, 1.4, 6, "digital_artery")
        out = middle.side * side
        beside = [s.point(at, side * (s.shaft / 2 + 4.6)) for s in chain[1:] for at in (0.2, 0.8)]
        places.add("subcutaneous", beside, 3.2, 9, "finger_soft_tissue", out)
        places.add("dermal", [p + out * 1.6 for p in beside], 1.4, 6, "finger_soft_tissue", out)
        if hand:
            places.add("nerve", [p + out * 0.8 for p in run], 1.2, 5, "neurovascular_bundle")
        places.add("vein", [p + out * 1.2 for p in run[:5]], 1.8, 5, "neurovascular_bundle")


def _pulp(places: Places, last: Segment) -> None:
    tip = last.point(1.0)
    places.add(
        "subcutaneous", [last.point(0.75), tip + last.along * 2.6], 8, 9, "fingertip_soft_tissue", last.along
    )
    side = last.side * last.head * 0.55
    places.add(
        "dermal",
        [tip - side, tip + last.along * 4.2, tip + side],
        1.6,
        7,
        "fingertip_soft_tissue",
        last.along,
    )
    places.add("periarticular", [last.point(0.3, last.shaft), last.point(0.7, last.shaft)], 4, 7,
               "fingertip_soft_tissue", last.side)  # fmt: skip


def palm_sites(places: Places, made: Skeleton) -> None:
    """Muscles, fascia and skin of the palm."""
    first, second = made.segments[1, "metacarpal"], made.segments[2, "metacarpal"]
    fifth = made.segments[5, "metacarpal"]
    places.add("muscle", [first.point(0.05, -4), first.point(0.5, 0), first.point(0.95, 3)], 16, 22)
    places.add("muscle", [fifth.point(0.0, -5), fifth.point(0.5, -6), fifth.point(0.9, -6)], 10, 18)
    places.add("muscle", [(first.point(0.5) + second.point(0.4)) / 2, second.point(0.85, 7)], 12, 12)
    for ray in (2, 3, 4):
        a, b = made.segments[ray, "metacarpal"], made.segments[ray + 1, "metacarpal"]
        between = [(a.point(at) + b.point(at)) / 2 for at in (0.25, 0.55, 0.85)]
        places.add("muscle", between, 7, 16)
        places.add("artery", [p + a.along * 8 for p in between], 1.8, 14, "digital_artery")
    third = made.segments[3, "metacarpal"]
    places.add("fascia", [third.point(0.1), third.point(0.5, 2), third.point(0.95, 3)], 10, 3)
    edge = [fifth.point(at, -9.5) for at in (0.1, 0.4, 0.75)]
    places.add("subcutaneous", edge, 4, 18, None, -fifth.side)
    places.add("dermal", [p - fifth.side * 3 for p in edge], 1.6, 10, None, -fifth.side)
    places.add("bursa", [third.point(0.2), third.point(0.6)], 7, 10)


def wrist_sites(places: Places, squeeze: float) -> None:
    """Sites of the carpus, TFCC, tendons and vessels at the wrist; ``squeeze`` as for the bones."""

    def close_up(points: Points) -> Points:
        return np.asarray(points * (squeeze, 1.0))

    for row in rows("sites", "wrist_pa"):
        if places.region in row["regions"].split(";"):
            places.sites.append(site_of(row, places.region, close_up))
