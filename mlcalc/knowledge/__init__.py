"""The five documents as rows: every statement with its source and its exact words."""

from mlcalc.knowledge.knowledge import Knowledge
from mlcalc.knowledge.load import knowledge, load_knowledge

__all__ = ["Knowledge", "knowledge", "load_knowledge"]
