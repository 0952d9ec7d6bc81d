"""Measurements: ratios of two things done side by side in one run, never bare times."""
