"""Figures drawn with matplotlib: contact sheets, loss histograms, cross-activation heat maps, and its colours.

Every function is pure: no pyplot, no state between calls, no date and no random id, so the same numbers give the same
bytes. Figures that stand on a page are transparent and drawn in a grey that reads on a light and on a dark ground.
`sizes` knows how large each figure is without importing matplotlib.
"""
