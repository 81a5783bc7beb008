"""The syntax tree of an answer, and its traversal, rewriting and shape tests."""
