"""From evidence to a ranked, cited differential. Never sees a pixel; needs numpy only."""

from mlcalc.reasoning.reasoner import Reasoner, reasoner

__all__ = ["Reasoner", "reasoner"]
