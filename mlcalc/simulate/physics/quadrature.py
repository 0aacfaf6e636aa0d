"""A few energies that stand for a whole spectrum.

The signal behind soft tissue and bone is a sum over two hundred bins,
``sum_i p_i exp(-sum_m mu_m(E_i) x_m)``. As in Gauss quadrature, a few well-placed energies with well-chosen
weights give nearly the same sum. They are fitted by least squares (Levenberg and Marquardt) to the exact
signal, and to how it falls with a little mineral, over a family of thicknesses; in relative terms, so that
a thin finger and a thick trunk count alike. Every other material without heavy elements follows, since its
attenuation is nearly a mix of that of soft tissue and of bone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import least_squares

from mlcalc.simulate.physics.materials import Spectrum, attenuation, materials

NODES = 5
TISSUE_CM = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 25.0, 30.0)
BONE_CM = (0.0, 0.2, 0.5, 1.0, 2.0, 3.5, 5.0)
FAINTEST = 1e-6
START_AT = (0.005, 0.071, 0.289, 0.667, 0.951)
START_SHARES = (0.019, 0.129, 0.311, 0.396, 0.145)
"""Shares of the signal below each energy, and the weights: means of 96 fits, 42 to 120 kV, 4 receptors."""
SLOPE_WEIGHT = 0.5
"""Contrast may err twice as much as signal."""

Matrix = NDArray[np.float64]


def nodes(kev: Spectrum, signal: Spectrum) -> tuple[Spectrum, Spectrum]:
    """`NODES` energies (keV, rising) and their weights (adding up to 1) for a spectrum.

    kev, signal: (n,) float64, bins and their shares of the signal of the open beam.
    """
    problem = _Problem(kev, signal)
    found = least_squares(problem.residuals, problem.first(), problem.slopes, method="lm").x
    order = np.argsort(found[:NODES])
    # Rounded, so that the last bits of the linear algebra do not reach the pictures.
    at, share = np.round(found[:NODES][order], 3), np.round(_shares(found[NODES:][order]), 6)
    return np.clip(at, kev[0], kev[-1]), share / share.sum()


class _Problem:
    """Unknown are NODES energies and NODES logarithms of weights, in one vector."""

    def __init__(self, kev: Spectrum, signal: Spectrum):
        self._kev, self._signal = kev, signal
        names = ("soft_tissue", "cortical_bone", "hydroxyapatite")
        mu = [attenuation(materials()[name], kev) for name in names]
        self._curves = CubicSpline(kev, np.stack(mu, axis=1))
        pairs = np.array([(t, b) for t in TISSUE_CM for b in BONE_CM if b <= t + 0.5])
        left = np.exp(-pairs[:, :1] * mu[0] - pairs[:, 1:] * mu[1]) * signal
        seen = left.sum(axis=1) > FAINTEST
        self._tissue, self._bone = pairs[seen, :1], pairs[seen, 1:]
        self._exact = left[seen].sum(axis=1, keepdims=True)
        self._fall = (left[seen] * mu[2]).sum(axis=1, keepdims=True)

    def first(self) -> Spectrum:
        """Where the fitted energies of usual beams lie in them, so that the search is short."""
        return np.concatenate([np.interp(START_AT, np.cumsum(self._signal), self._kev), np.log(START_SHARES)])

    def residuals(self, unknown: Spectrum) -> Spectrum:
        """Relative errors of the signal, then of its fall with mineral."""
        at, share = unknown[:NODES], _shares(unknown[NODES:])
        mu = self._curves(at)
        rest = self._rest(mu) * share
        told, fall = rest.sum(axis=1), (rest * mu[:, 2]).sum(axis=1)
        return np.concatenate([told / self._exact[:, 0] - 1, SLOPE_WEIGHT * (fall / self._fall[:, 0] - 1)])

    def slopes(self, unknown: Spectrum) -> Matrix:
        """The Jacobian of `residuals`."""
        at, share = unknown[:NODES], _shares(unknown[NODES:])
        mu, rise = self._curves(at), self._curves(at, 1)
        rest, mineral = self._rest(mu) * share, mu[:, 2]
        steeper = -rest * (self._tissue * rise[:, 0] + self._bone * rise[:, 1])
        told, fall = rest.sum(axis=1, keepdims=True), (rest * mineral).sum(axis=1, keepdims=True)
        signal = np.hstack([steeper, rest - told * share]) / self._exact
        by_energy = steeper * mineral + rest * rise[:, 2]
        return np.vstack(
            [signal, SLOPE_WEIGHT * np.hstack([by_energy, rest * mineral - fall * share]) / self._fall]
        )

    def _rest(self, mu: Matrix) -> Matrix:
        """What is left at each energy behind each pair of thicknesses, (pairs, NODES)."""
        depth = self._tissue * mu[:, 0] + self._bone * mu[:, 1]
        # A trial step may leave the spectrum, where the curves mean nothing: it must only be seen to be bad.
        return np.asarray(np.exp(np.minimum(-depth, 50.0)), np.float64)


def _shares(logs: Spectrum) -> Spectrum:
    powers = np.exp(logs - logs.max())
    return np.asarray(powers / powers.sum(), np.float64)
