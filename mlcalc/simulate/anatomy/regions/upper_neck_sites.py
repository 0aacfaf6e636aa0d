"""Where mineral can lie in the neck, along the vertebrae; the rest stands in upper_sites.csv."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_frames import Pose
from mlcalc.simulate.anatomy.regions.upper_spine import Vertebra, spinous_length


def sites_lateral(places: Places, vertebrae: Sequence[Vertebra], head: Pose) -> None:
    """Sites of the lateral view; ``head`` moves what hangs on the skull, atlas and axis."""
    for v, lower in pairwise(vertebrae[:5]):
        _level(places, v, lower)
    add = places.add
    front = [p for v in vertebrae[:5] for p in v.at([(-11.0, v.top), (-11.5, 0)])]
    add("ligament", front, 3, 30, "anterior_longitudinal_ligament", (-1, 0))
    back = [v.at([(9.6, y)])[0] for v in vertebrae[:5] for y in (v.top, -v.top)]
    add("ligament", back, 3, 25, "posterior_longitudinal_ligament", (1, 0))
    tips = [v.at([(spinous_length(v.name) + 3, 9)])[0] for v in vertebrae[:5]]
    nuchal = [(p[0] + 8 + 2 * k, p[1] - 3) for k, p in enumerate(tips)]
    add("ligament", nuchal, 8, 40, "nuchal_ligament", (1, 0))
    add("ligament", tips[2:], 4, 30, "supraspinous_ligament", (1, 0))
    # The tendon rises over C4 to C2 to the front tubercle of the atlas.
    upper = head.move(np.array([(-12.0, -52), (-13, -60), (-14, -68)]))
    add("tendon", [front[2] - (2, 0), front[0] - (2, 0), *upper], 7, 30, "longus_colli", (-1, 0))
    add("muscle", [front[k] - (3, 0) for k in (0, 4, 8)], 8, 40, "prevertebral_soft_tissue", (-1, 0))


def _level(places: Places, v: Vertebra, lower: Vertebra) -> None:
    """Disc, facet joint and ligaments between two vertebrae."""
    y, half, add = v.below, v.width / 2, places.add
    ends = [v.at([(-half - 0.5, -v.top)])[0], lower.at([(-half - 0.5, lower.top)])[0]]
    disc = v.at([(-half, y), (0, y), (half, y)])
    add("intervertebral_disc", disc, v.disc, 25, "nucleus_pulposus", None, ends)
    rim = v.at([(-half - 1, -v.top), (-half - 1.6, y), (-half - 1, y + v.disc / 2)])
    add("intervertebral_disc", rim, 2.5, 22, "annulus_fibrosus", (-1, 0), ends)
    spur = v.at([(-half - 0.5, -v.top - 0.5), (-half - 4, -v.top + 1)])
    add("enthesis", spur, 3, 20, "anterior_longitudinal_ligament", (-1, 0.2))
    add("facet_joint", v.at([(10, 7), (14, 10.4), (19, 12)]), 4, 25, "cervical_facet_joint")
    add("ligament", v.at([(25, 5), (25.5, 9), (25, 13)]), 3, 20, "ligamentum_flavum")
    add("ligament", v.at([(34, 9), (34.5, 12), (34, 16)]), 8, 25, "interspinous_ligament")


def sites_ap(places: Places, vertebrae: Sequence[Vertebra]) -> None:
    """Sites of the AP view."""
    for v, lower in pairwise(vertebrae[:6]):
        y, half = v.below, v.width * 0.62
        ends = [v.at([(half, -v.top)])[0], lower.at([(half, lower.top)])[0]]
        disc = v.at([(-half, y - 1), (0, y + 0.6), (half, y - 1)])
        places.add("intervertebral_disc", disc, v.disc, 25, "annulus_fibrosus", None, ends)
        for side in (-1, 1):
            joint = v.at([(side * 13, y), (side * 20, y + 1)])
            places.add("facet_joint", joint, 4, 25, "cervical_facet_joint")
