"""Whether two readings say the same answer, cheapest tier first."""
