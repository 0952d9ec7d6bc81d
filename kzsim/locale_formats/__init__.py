"""Dates and numbers as Django's filters and forms write them, where Django has no formats for a language, or others."""
