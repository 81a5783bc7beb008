"""`touchstone top`: a server's metrics as a live view in a terminal."""
