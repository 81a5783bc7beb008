"""Golds rewritten in known ways: what the suites `rewritten` and `altered` ask about.

Nothing here reads mathematics with the judge's reader; a rewriting is made over text and small records of
its own, so that it is evidence of its own.
"""
