"""The rewards that ship, one a file."""
