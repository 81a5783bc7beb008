"""Values of expressions: exact, by fingerprint, by ball arithmetic and by sympy."""
