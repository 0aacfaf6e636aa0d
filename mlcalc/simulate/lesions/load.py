"""Reads ``recipes/*.csv``; the first broken cell is refused with file, line, column and reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.knowledge import Knowledge, knowledge
from mlcalc.simulate.lesions.recipe import COLUMNS, Recipe
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.simulate.physics.materials import materials
from mlcalc.vocabulary import DENSITIES, Vocabulary, vocabulary
from mlcalc.vocabulary.registry import read_csv, split_list

FOLDER = Path(__file__).parent / "recipes"
NO_FOCAL = "no_focal_density"
VIEWS = ("any", "horizontal_beam")
OWN_SOURCES = ("vocabulary", "assumed")
"""Sources that are no document: the rule of the vocabulary itself, and what we suppose (with a reason)."""

Cells = dict[str, str]


class CellError(ValueError):
    """One cell that cannot be used; ``column`` is its name."""

    def __init__(self, column: str, reason: str):
        self.column = column
        super().__init__(f"column {column}: {reason}")


class RecipeReader:
    """Makes recipes of lines; knows the registered ids and the recipes read so far.

    drawer_names: the names that the ``drawer`` column may hold.
    """

    def __init__(self, drawer_names: Collection[str], known: Vocabulary, facts: Knowledge):
        self.drawer_names, self.vocabulary, self.knowledge = drawer_names, known, facts
        self.seen: set[str] = set()

    def recipe(self, cells: Cells) -> Recipe:
        """The recipe of one line; raises `CellError`."""
        if not cells["recipe"] or cells["recipe"] in self.seen:
            raise CellError("recipe", f"{cells['recipe']!r} must be given and stand only once")
        self.seen.add(cells["recipe"])
        recipe = Recipe(
            id=cells["recipe"],
            drawer=self._id(cells, "drawer", self.drawer_names, "drawer"),
            morphology=frozenset(self._ids(cells, "morphology", self.vocabulary.ids("morphology"))),
            density=self._id(cells, "density", DENSITIES, "density"),
            compartments=self._compartments(cells),
            length=_range(cells, "length", 0.0),
            hu=_range(cells, "hu", -1000.0),
            materials=self._ids(cells, "materials", materials(), needed=True),
            regions=self._ids(cells, "regions", self.vocabulary.regions),
            structures=self._ids(cells, "structures", self.vocabulary.structures),
            entities=self._ids(cells, "entities", self.knowledge.entities),
            stage=cells["stage"] or None,
            weight=_number(cells, "weight"),
            view=self._id(cells, "view", VIEWS, "view"),
            settings=_settings(cells),
            source=cells["source"],
            quote=cells["quote"],
        )
        self._check(recipe)
        return recipe

    def _id(self, cells: Cells, column: str, known: Collection[str], what: str) -> str:
        if cells[column] not in known:
            raise CellError(column, unknown_id(cells[column], known, what))
        return cells[column]

    def _ids(
        self, cells: Cells, column: str, known: Collection[str], needed: bool = False
    ) -> tuple[str, ...]:
        found = split_list(cells[column])
        if needed and not found:
            raise CellError(column, "names nothing; at least one id is needed")
        for name in found:
            if name not in known:
                raise CellError(column, unknown_id(name, known, column.removesuffix("s")))
        if len(set(found)) < len(found) and column != "materials":
            raise CellError(column, f"names something twice: {cells[column]!r}")
        return found

    def _compartments(self, cells: Cells) -> tuple[str, ...]:
        """Those named; a distractor that names none lies at a site of any."""
        anywhere = cells["density"] == NO_FOCAL and not cells["compartments"]
        known = self.vocabulary.compartments
        return tuple(known) if anywhere else self._ids(cells, "compartments", known, needed=True)

    def _check(self, recipe: Recipe) -> None:
        """What several cells must agree on."""
        if recipe.density == NO_FOCAL and recipe.morphology:
            raise CellError("morphology", f"{NO_FOCAL} has none")
        if not recipe.morphology and recipe.density not in ("foreign_body", NO_FOCAL):
            raise CellError("morphology", f"a recipe of {recipe.density} needs one; only plastics have none")
        if recipe.weight <= 0:
            raise CellError("weight", f"{recipe.weight:g} must be above 0")
        stages = {s.stage for s in self.knowledge.stages if s.entity in recipe.entities}
        if recipe.stage is not None and recipe.stage not in stages:
            raise CellError("stage", unknown_id(recipe.stage, stages, f"stage of {recipe.entities}"))
        self._check_structures(recipe)
        self._check_source(recipe)

    def _check_structures(self, recipe: Recipe) -> None:
        regions = _within(recipe.regions, self.vocabulary)
        for name in recipe.structures:
            structure = self.vocabulary.structures[name]
            if structure.compartments.isdisjoint(recipe.compartments):
                raise CellError("structures", f"{name} lies in none of {';'.join(recipe.compartments)}")
            if regions and structure.regions.isdisjoint(regions):
                raise CellError("structures", f"{name} lies in none of {';'.join(recipe.regions)}")

    def _check_source(self, recipe: Recipe) -> None:
        source = recipe.source.partition(":")[0].strip()
        known = (*self.knowledge.documents, *OWN_SOURCES)
        if source not in known:
            raise CellError("source", unknown_id(source, known, "document before the colon"))
        if recipe.quote and source in OWN_SOURCES:
            raise CellError("quote", f"a quote needs a document as its source, not {source!r}")


def load_recipes(folder: Path = FOLDER, drawer_names: Collection[str] | None = None) -> tuple[Recipe, ...]:
    """All recipes of a folder, by file name and line.

    drawer_names: what the ``drawer`` column may hold; None: the registered drawers. Raises `KnowledgeError`
    (file, line, recipe, column and reason) for the first line that cannot be used, and if there is no file.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise KnowledgeError(str(folder), None, None, "holds no recipes (*.csv)")
    reader = RecipeReader(drawers() if drawer_names is None else drawer_names, vocabulary(), knowledge())
    return tuple(recipe for file in files for recipe in _read(file, reader))


@cache
def recipes() -> tuple[Recipe, ...]:
    """The recipes that ship with mlcalc."""
    return load_recipes()


def _read(file: Path, reader: RecipeReader) -> Iterable[Recipe]:
    for line, cells in read_csv(file, tuple(COLUMNS)):
        try:
            yield reader.recipe(cells)
        except CellError as error:
            raise KnowledgeError(file.name, line, cells["recipe"], str(error)) from error


def _number(cells: Cells, column: str) -> float:
    try:
        return float(cells[column])
    except ValueError:
        raise CellError(column, f"{cells[column]!r} is not a number") from None


def _range(cells: Cells, name: str, above: float) -> tuple[float, float]:
    low, high = _number(cells, f"{name}_low"), _number(cells, f"{name}_high")
    if not above < low:
        raise CellError(f"{name}_low", f"{low:g} must be above {above:g}")
    if not low <= high < float("inf"):
        raise CellError(f"{name}_high", f"{high:g} must not be below {name}_low ({low:g})")
    return low, high


def _settings(cells: Cells) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in split_list(cells["settings"]):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not name or not equals or not value or name in found:
            raise CellError("settings", f"{part!r} must read name=value, each name once")
        found[name] = value
    return found


def _within(regions: Iterable[str], known: Vocabulary) -> frozenset[str]:
    """The regions and all that lie inside them."""
    named = set(regions)
    return frozenset(r for r in known.regions if not named.isdisjoint(_lineage(r, known)))


def _lineage(region: str, known: Vocabulary) -> Iterable[str]:
    current: str | None = region
    while current is not None:
        yield current
        current = known.regions[current].parent
