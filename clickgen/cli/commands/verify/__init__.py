"""`clickgen verify`: prove that what was accepted arrived, at each place that it passes."""
