"""A profile from recorded traffic: reading, sessions, laws, and how near the learned traffic comes."""
