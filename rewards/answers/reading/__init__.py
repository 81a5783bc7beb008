"""From the text of an answer to its tree: a strict reader in which every token must find its place."""
