"""The syntax tree of an answer, and what can be asked of a tree alone."""
