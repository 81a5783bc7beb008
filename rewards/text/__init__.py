"""Measures of text that rewards share: words, n-grams, scripts, languages, and what to mask."""
