"""Recipe files: what `train` is asked to do, as TOML, so that a long command can be kept and repeated.

Keys are the command's own options (`network`, `epochs`, `start_from` …); the table `change` holds the other parts of
the recipe, its table `augmentation` those of the augmentation:

    network = "hse-faceres"
    epochs = 8

    [change]
    size = 192
    augmentation.blur = 0.3
"""

import argparse
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_KINDS: dict[str, type] = {
    "name": str, "network": str, "epochs": int, "batch": int, "learning_rate": float, "weights": str,
    "start_from": str, "teacher": str, "sets": list, "seed": int, "limit": int,
}  # fmt: skip
CHANGE = "change"


class RecipeFile(argparse.Action):
    """Takes a recipe file's values for all options that the command line does not name itself."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Read the file; its changes come before those of the command line, which win."""
        try:
            options, changes = read_recipe(Path(values))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            parser.error(f"argument {option_string}: {values}: {reason}")
        for key, value in options.items():
            if getattr(namespace, key) == parser.get_default(key):
                setattr(namespace, key, value)
        namespace.recipe = changes


def read_recipe(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The options that a recipe file names, and its changes of the recipe as KEY=VALUE.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no TOML, names an unknown option, or gives one of another kind.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"it is no TOML: {error}") from error
    changes = document.pop(CHANGE, {})
    if not isinstance(changes, dict):
        raise ValueError(f"{CHANGE} must be a table")
    for key, value in document.items():
        if key not in _KINDS:
            raise ValueError(f"there is no option {key!r}; there is {', '.join([*_KINDS, CHANGE])}")
        wanted = (int, float) if _KINDS[key] is float else _KINDS[key]
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ValueError(f"{key} must be of the kind {_KINDS[key].__name__}, got {value!r}")
    return document, [f"{key}={_text(value)}" for key, value in _flat(changes)]


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return pairs


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
