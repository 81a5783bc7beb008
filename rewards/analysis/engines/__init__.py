"""Where the work on rows is done: in this process, or by Ray Data."""
