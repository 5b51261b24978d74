"""A model that is ready to answer."""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np

from core.heads import GENDER
from core.model.engines import Engine, Logits
from core.model.metadata import ModelMetadata
from core.model.second_look import averaged
from core.types import Pixels


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready to answer.

    Attributes:
        metadata: What it is.
        engine: What runs it.
        notes: Sentences for the user about fall-backs; empty when the first choice loaded.
    """

    metadata: ModelMetadata
    engine: Engine
    notes: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """Digest of all that its answers depend on: the metadata, which know every file's digest, and the engine."""
        facts = asdict(self.metadata)
        if self.metadata.second_look is None:  # a model that looks once is what it was before others looked twice
            del facts["second_look"]
        known = json.dumps([facts, self.engine.name], sort_keys=True)
        return hashlib.sha256(known.encode()).hexdigest()

    def answer(self, crops: Pixels, *, twice: bool | None = None) -> Logits:
        """Answer face crops as the model is meant to: where its metadata ask for it, with a second look.

        Args:
            crops: As `Engine.predict` takes them.
            twice: Whether a model that looks again does so at every face (True) or at none (False), so that answers
                can be compared; None for the faces that it is not sure of.

        Returns:
            As `Engine.predict` gives it.

        Raises:
            ValueError: As `Engine.predict`.
        """
        logits = self.engine.predict(crops)
        second = self.metadata.second_look
        if second is None or twice is False:
            return logits
        again = np.ones(len(crops), bool) if twice else second.needed(logits[GENDER])
        return averaged(self.engine, crops, logits, again)

    def is_unsure(self, crop: Pixels) -> bool:
        """Whether it looks twice at a face, uint8 RGB (size, size, 3)."""
        second = self.metadata.second_look
        return second is not None and bool(second.needed(self.engine.predict(crop[np.newaxis])[GENDER])[0])
