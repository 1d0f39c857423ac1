"""Readers of measurements and predictions: one module a format, numpy dataclasses out."""
