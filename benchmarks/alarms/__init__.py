"""Alarms of the bundled trainer, counted on logs of healthy and of sick runs."""
