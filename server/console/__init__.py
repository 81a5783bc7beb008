"""The console: a page at the server that scores one pasted completion, and tells what the server does."""
