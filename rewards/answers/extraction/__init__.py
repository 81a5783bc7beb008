"""Finding the answer in a completion."""

from __future__ import annotations

from rewards.answers.extraction.answers import Extracted, Extraction, extract

__all__ = ["Extracted", "Extraction", "extract"]
