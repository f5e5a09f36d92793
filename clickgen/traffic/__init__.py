"""Where blocks come from: the simulation of sessions, and the replay of recorded files."""
