"""A strict parser from the text of an answer to its syntax tree."""
