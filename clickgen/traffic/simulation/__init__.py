"""Visitors browsing a site, simulated column by column: one lane of a run, as blocks of bytes."""

from clickgen.traffic.simulation.lane import SimulatedLane

__all__ = ["SimulatedLane"]
