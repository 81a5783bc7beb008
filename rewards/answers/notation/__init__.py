"""Tables of mathematical notation: commands, signs, words and units."""
