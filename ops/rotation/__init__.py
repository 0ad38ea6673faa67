"""Rotation of secrets: each kind in phases that can be taken up again, and undone, with both the old and the new one good in between."""
