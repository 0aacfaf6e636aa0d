"""Bone that bridges: across a joint, a disc, or two bones; and bone that does not quite reach across."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.grid import Map, Points
from mlcalc.simulate.lesions.course import Course, anchor, window
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import smooth, wander
from mlcalc.simulate.lesions.ossified.bones import Bones, tissue, trabeculae
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import most, span
from mlcalc.simulate.lesions.shapes import step

STEPS = 48
FURTHER_SHARE, FURTHER = 0.8, 5.0
"""How far (against the gap, and mm more) a bridge may start from the gap's edge."""
INTO_BONE = (1.0, 3.0)
"""mm that a fusion reaches beyond the joint space, under the edges of both bones."""
ROOT = 2.5
"""mm that a bridge reaches into the bones it joins."""


@drawer
def bone_bridge(scene: Scene) -> Mineral:
    """One to three strands of bone from one of the site's ends to the other, flared at both.

    Settings: ``count`` (most strands), ``stout`` (width over span), ``bulge`` (sideways, over span).
    """
    random = scene.random
    ends = _reaching(scene, _ends(scene))
    apart = float(np.hypot(*(ends[1] - ends[0])))
    stout = scene.recipe.number("stout", between(scene, 0.15, 0.7))
    width = max(stout * apart, 1.2 + 3 * scene.grid.mm)
    bones = Bones(scene, tissue(scene, width))
    count = int(random.integers(1, most(scene.recipe, "count", 2) + 1))
    for i in range(count):
        bulge = apart * scene.recipe.number("bulge", between(scene, 0.05, 0.5))
        run = _arch(scene, ends, bulge * (1 + 0.5 * i), ROOT)
        half = _flared(scene, width * (1 if i == 0 else 0.6))
        bones.strand(run, half, skew=random.normal(0, 0.3), rooted=(ROOT, ROOT))
    return bones.mineral(run, strands=count, span_mm=round(apart, 1))


@drawer
def facing_spurs(scene: Scene) -> Mineral:
    """Two spurs that grow towards each other from the site's ends and leave a gap: it is no bridge yet.

    Settings: ``gap=low,high``: mm that stay free.
    """
    random, ends = scene.random, _reaching(scene, _ends(scene))
    apart = float(np.hypot(*(ends[1] - ends[0])))
    gap = min(random.uniform(*span(scene.recipe, "gap", (1.0, 12.0))), 0.7 * apart)
    width = max(apart * between(scene, 0.2, 0.6), 1.2 + 3 * scene.grid.mm)
    bones = Bones(scene, tissue(scene, width))
    run = _arch(scene, ends, apart * between(scene, 0.05, 0.4), ROOT)
    meet = run.length * random.uniform(0.3, 0.7)
    for piece in (run.part(0.0, meet - gap / 2), run.part(run.length, meet + gap / 2)):
        share = np.linspace(0, 1, STEPS)
        wide = min(width, 0.7 * piece.length)
        half = wide / 2 * (1 - share ** random.uniform(1.2, 3)) ** random.uniform(0.5, 0.9)
        half = half * np.clip(1 + 0.12 * wander(random, STEPS, 2), 0.4, 1.6) * (1 - (1 - share) ** 12)
        bones.strand(piece, half.astype(np.float32), skew=random.normal(0, 0.3), rooted=(ROOT, 0))
    return bones.mineral(run, gap_mm=round(gap, 1))


@drawer
def joint_fusion(scene: Scene) -> Mineral:
    """Trabeculae straight across a joint space: the space is gone over part of its length or all of it.

    What lies between the two bones is filled up to their own thickness, so that no edge is left.
    """
    random, course = scene.random, Course.of(scene.site.path)
    length = course.length * random.uniform(0.5, 1.05)
    s = float(np.clip(anchor(scene), length / 2, max(course.length - length / 2, length / 2)))
    run = course.part(s - length / 2, s + length / 2)
    half, depth = scene.site.width / 2 + random.uniform(*INTO_BONE), scene.grid.zeros()
    patch = window(scene.grid, run, half)
    if not patch.empty:
        along, across = run.coordinates(patch)
        u, v = 2 * along / np.float32(run.length) - 1, across / np.float32(half)
        ragged = np.float32(0.12) * smooth(random, patch, max(0.15 * length, 4 * scene.grid.mm))
        band = step((1 - np.abs(u) + ragged) * 6) * step((1 - np.abs(v) + ragged) * 3)
        texture = trabeculae(random, patch, tissue(scene, 4 * half), None)
        bone = scene.ground.bone[patch.index] * np.float32(10)
        full = _bone_beside(bone[band > 0.5], scene.site.depth) * random.uniform(0.7, 1.0)
        depth[patch.index] = np.clip(full - bone, 0, None) * band * np.clip(0.55 + 0.45 * texture, 0.4, 1.3)
    return mineral(scene, depth, bodies_joined=True)


def _bone_beside(bone: Map, deep: float) -> float:
    """mm of bone that the two bodies have at the joint; where none is seen a third of the site's depth."""
    seen = bone[bone > 0.5]
    return max(float(np.percentile(seen, 70)), 0.2 * deep) if seen.size else deep / 3


@drawer
def syndesmophyte(scene: Scene) -> Mineral:
    """Bone along the edge of a disc, from one vertebral corner towards the next.

    Settings: ``kind``: ``thin`` (vertical, in the outer annulus) or ``flowing`` (bulky, over the vertebral
    bodies' edges, as in DISH). ``gap``: 1: it does not reach across.
    """
    random, site = scene.random, scene.site
    flowing = scene.recipe.settings.get("kind") == "flowing"
    course = Course.of(site.path)
    width = random.uniform(5, 12) if flowing else between(scene, 1.0, 3.2)
    bones = Bones(scene, tissue(scene, width))
    gap = bool(scene.recipe.number("gap", 0))
    sides = [bool(np.hypot(*course.points[0]) > np.hypot(*course.points[-1]))]
    if random.random() < 0.5:
        sides.append(not sides[0])
    for last in sides:
        _edge_of_disc(bones, course, last, (width, flowing, gap))
    kind = "flowing" if flowing else "thin"
    return bones.mineral(None, kind=kind, sides=len(sides), complete=not gap)


def _edge_of_disc(bones: Bones, course: Course, last: bool, form: tuple[float, bool, bool]) -> None:
    """One syndesmophyte at the first or last point of a disc's path."""
    scene, random, (width, flowing, gap) = bones.scene, bones.scene.random, form
    s, away = (course.length, 1.0) if last else (0.0, -1.0)
    reach = scene.site.width / 2 + (random.uniform(4, 12) if flowing else random.uniform(0.5, 2.5))
    across = np.linspace(-1, 1, 15)
    arch = (1 - across**2) * random.uniform(0.25, 0.7) * width * (1.3 if flowing else 1.0)
    start = random.uniform(-0.3, 0.15) * width
    points = course.at(s + away * (start + arch), across * reach)
    run = Course.of(points)
    share = np.linspace(-1, 1, STEPS)
    half = width / 2 * (1 - np.abs(share) ** random.uniform(4, 9)) ** 0.6
    half = half * np.clip(1 + (0.2 if flowing else 0.1) * wander(random, STEPS, 3), 0.4, 1.7)
    if gap:
        where = random.uniform(-0.4, 0.4)
        half = half * np.clip((np.abs(share - where) - random.uniform(0.08, 0.25)) * 6, 0, 1)
    bones.strand(run, half.astype(np.float32), skew=float(random.normal(0.5, 0.4)))


def _ends(scene: Scene) -> Points:
    """The two points to be joined; the ends of the path where the site names none."""
    ends = scene.site.ends
    return np.asarray(scene.site.path[[0, -1]] if ends is None else ends, np.float64)


def _reaching(scene: Scene, ends: Points) -> Points:
    """The ends moved up and down their bones, so that a long bridge starts well away from the joint."""
    step = ends[1] - ends[0]
    apart = max(float(np.hypot(*step)), 1e-6)
    further = float(np.clip((scene.length - apart) / 2, 0, FURTHER_SHARE * apart + FURTHER))
    return np.stack([ends[0] - further * step / apart, ends[1] + further * step / apart])


def _arch(scene: Scene, ends: Points, bulge: float, root: float) -> Course:
    """A curve from bone to bone, ``root`` mm inside both, bulging away from the joint by ``bulge`` mm."""
    step = ends[1] - ends[0]
    size = max(float(np.hypot(*step)), 1e-6)
    unit = step / size
    side = np.array([-unit[1], unit[0]])
    outward = scene.site.outward
    if outward is None:
        side = side * scene.random.choice([-1.0, 1.0])
    elif float(side @ outward) < 0:
        side = -side
    share = (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 20)))[:, None]
    straight = ends[0] - root * unit + share * (step + 2 * root * unit)
    # a half ellipse rather than a parabola: it leaves the cortex steeply, its root is hidden in the bone
    lifted = np.sqrt(4 * share * (1 - share)) * (bulge + root) - root
    return Course.of(straight + lifted * side)


def _flared(scene: Scene, width: float) -> Map:
    """Half widths (mm) of a bridge: broader at both ends, a waist somewhere, knobs."""
    random = scene.random
    share = np.linspace(-1, 1, STEPS)
    flare = 0.6 + random.uniform(0.4, 1.1) * np.abs(share - random.uniform(-0.4, 0.4)) ** 2
    flare = flare * np.sqrt(1 - np.abs(share) ** 16)
    return np.asarray(width / 2 * flare * np.clip(1 + 0.2 * wander(random, STEPS, 4), 0.5, 1.6), np.float32)
