"""A region of the lower body as a layout: one person, one view, out of the rows of a frame."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.regions.lower_bones import skeleton, surface
from mlcalc.simulate.anatomy.regions.lower_cover import padded
from mlcalc.simulate.anatomy.regions.lower_person import draw_person
from mlcalc.simulate.anatomy.regions.lower_pose import draw_pose
from mlcalc.simulate.anatomy.regions.lower_sites import sites
from mlcalc.simulate.anatomy.regions.lower_soft import bands, gas, skin
from mlcalc.simulate.anatomy.regions.lower_tables import Row, number, rows

_LEAST = 2.2
"""mm of skin and fat over a bone that lies right below the skin, in a lean person."""


def views(region: str) -> tuple[Row, ...]:
    """The views of a region: rows of lower_views.csv."""
    return tuple(row for row in rows("views") if row["region"] == region)


def lay_out(region: str, random: np.random.Generator) -> Layout:
    """One drawn person's region in one view, both drawn."""
    choices = views(region)
    weight = np.array([number(row, "weight") for row in choices])
    return lay_out_view(choices[int(random.choice(len(choices), p=weight / weight.sum()))], random)


def lay_out_view(view: Row, random: np.random.Generator) -> Layout:
    """One drawn person in the view of a row of lower_views.csv."""
    person = draw_person(random)
    pose = draw_pose(view, person.size, random)
    frame, region = view["frame"], view["region"]
    extent = number(view, "extent") * person.size
    bones = skeleton(frame, person, pose, extent, random)
    least = (_LEAST + 0.6 * person.fat) * person.size
    envelopes = padded(skin(frame, person, pose), surface(bones.bones, 1.4 * extent), least)
    return Layout(
        region=region,
        bones=bones.bones,
        envelopes=envelopes,
        sites=sites(frame, region, person.size, pose, envelopes, extent),
        extent=extent,
        cuts=bones.cuts,
        bands=bands(frame, person, pose, random),
        ossicles=bones.ossicles,
        cavities=gas(frame, pose, random),
        parameters={
            "anatomy_view": view["view"],
            "anatomy_age": person.age,
            "anatomy_sex": person.sex,
            "anatomy_size": round(person.size, 4),
            "anatomy_cortex": round(person.cortex, 4),
            "anatomy_spongy": round(person.spongy, 4),
            "anatomy_fat": round(person.fat, 4),
            "anatomy_muscle": round(person.muscle, 4),
            "anatomy_rotation": round(float(np.degrees(pose.rotation)), 2),
            "anatomy_tilt": round(float(np.degrees(pose.tilt)), 2),
            "anatomy_bend": round(float(np.degrees(pose.bend)), 2),
            "anatomy_open_plates": any(name.endswith("_plate") for name, _ in bones.bones) and person.child,
        },
    )
