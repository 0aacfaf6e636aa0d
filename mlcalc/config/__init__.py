"""Configs: YAML files checked against typed models, every problem at once, with its file and line."""

from mlcalc.config.read import Settings, as_yaml, read_config

__all__ = ["Settings", "as_yaml", "read_config"]
