"""The pool of killable, pre-warmed workers for what only computer algebra can decide."""
