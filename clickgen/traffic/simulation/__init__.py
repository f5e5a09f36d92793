"""Visitors browsing a site, simulated column by column: one lane of a run, as blocks of bytes."""

from clickgen.traffic.simulation.event_facts import vocabulary_of
from clickgen.traffic.simulation.hours import MS_AN_HOUR
from clickgen.traffic.simulation.lane import BLOCK_S, WINDOW_S, SimulatedLane

__all__ = ["BLOCK_S", "MS_AN_HOUR", "WINDOW_S", "SimulatedLane", "vocabulary_of"]
