"""Which feature takes which values: one place that every table's cells are checked against."""

from __future__ import annotations

from collections.abc import Mapping

from mlcalc.errors import unknown_id
from mlcalc.knowledge.rows import Scale, Token
from mlcalc.vocabulary import DENSITIES, LAB_LEVELS, Vocabulary

FACT_KINDS = (
    "ancestry",
    "distribution",
    "evolution",
    "conditions",
    "history",
    "symptoms",
    "findings",
    "tests",
)
PLACES = ("compartment", "structure", "region")
SCALED = ("age", "weeks_since_onset", "labs.calcium_phosphate_product")


class Features:
    """The features of the knowledge tables and their allowed values."""

    def __init__(self, known: Vocabulary):
        self.known = known
        self.scales: Mapping[str, Scale] = {}
        labs: dict[str, tuple[str, ...]] = {f"labs.{lab}": LAB_LEVELS for lab in known.ids("labs")}
        labs["labs.renal_function"] = ("normal", "impaired")
        for scaled in SCALED:
            labs.pop(scaled, None)
        self.values: dict[str, tuple[str, ...]] = {
            "density": DENSITIES,
            "morphology": known.ids("morphology"),
            "sex": known.ids("sex"),
            **labs,
            **{place: known.ids(place) for place in PLACES},
            **{kind: known.ids(kind) for kind in FACT_KINDS},
        }

    def check(self, feature: str, value: str) -> None:
        """Raise ValueError unless the value belongs to the feature."""
        if feature in SCALED:
            self.interval(feature, value)
        elif feature not in self.values:
            raise ValueError(unknown_id(feature, [*self.values, *SCALED], "feature"))
        elif value not in self.values[feature]:
            raise ValueError(unknown_id(value, self.values[feature], feature))

    def interval(self, feature: str, value: str) -> tuple[float, float]:
        """Ends of ``lo-hi``; both must be edges of the feature's scale."""
        low, _, high = value.partition("-")
        scale = self.scales[feature]
        try:
            ends = float(low), float(high)
        except ValueError:
            raise ValueError(f"{feature} {value!r} must be an interval such as 30-60") from None
        if ends[0] not in scale.edges or ends[1] not in scale.edges or ends[0] >= ends[1]:
            edges = ", ".join(f"{edge:g}" for edge in scale.edges)
            raise ValueError(f"{feature} {value!r} must start and end at one of {edges}")
        return ends

    def token(self, text: str) -> Token:
        """Read ``feature=value``, or a bare feature with exclusive values (``labs.phosphate``)."""
        feature, _, value = text.partition("=")
        token = Token(feature.strip(), value.strip())
        if token.value:
            self.check(token.feature, token.value)
        elif token.feature in FACT_KINDS:
            raise ValueError(f"{text!r} needs a value: {token.feature}=…")
        elif token.feature not in self.values and token.feature not in SCALED:
            raise ValueError(unknown_id(token.feature, [*self.values, *SCALED], "feature"))
        return token
