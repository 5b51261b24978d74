"""Above the Mask: perceived gender of people who wear face masks.

    from core import Classifier
    Classifier.load().classify("photo.jpg")

Importing this package is cheap and needs neither streamlit nor tensorflow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.classify.pipeline import Classifier

__all__ = ["Classifier"]


def __getattr__(name: str) -> Any:
    """Import the classifier on first use, so that `import core` stays cheap (PEP 562)."""
    if name == "Classifier":
        return import_module("core.classify.pipeline").Classifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
