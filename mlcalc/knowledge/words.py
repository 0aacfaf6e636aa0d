"""The words that certain columns of the tables take; ``tables/README.md`` says what they mean."""

from __future__ import annotations

MECHANISMS = ("dystrophic", "iatrogenic", "metastatic", "idiopathic", "not_applicable")
ENTITY_KINDS = ("diagnosis", "group", "mimic")
CONDITIONAL_ON = (
    "calcified_films",
    "patients_with_disease",
    "diseased_who_calcify",
    "within_region",
    "population",
    "population_of_age",
    "cases_with_finding",
)
WORKUP_KINDS = ("investigate", "nothing_further", "avoid", "exclude_first", "describe")
WORDS = {
    "relation": (
        *("associated_with", "caused_by", "leads_to", "progresses_to", "form_of", "mimics"),
        *("resembles", "indistinguishable_from", "distinguished_by"),
    ),
    "modality": (
        *("radiograph", "ct", "mri", "ultrasound", "doppler", "dual_energy_ct"),
        *("nuclear_medicine", "pet", "histology"),
    ),
    "aspect": ("shows", "misses", "pitfall", "advantage"),
    "ruling": ("preferred", "synonym", "misnomer", "discouraged", "definition", "distinct_from"),
    "topic": (
        *("pathology", "epidemiology", "treatment", "prognosis", "classification"),
        *("technique", "anatomy", "mechanism"),
    ),
}
"""Columns of the plain tables that take only these words."""
