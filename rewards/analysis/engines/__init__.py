"""Engines that run jobs on rows: this process, or Ray Data."""
