"""From a plan to the events of its lanes, the first time or again."""
