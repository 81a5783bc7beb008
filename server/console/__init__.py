"""The console: a web page of the server that scores a pasted completion and shows server activity."""
