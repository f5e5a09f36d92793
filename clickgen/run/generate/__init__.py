"""`generate`: the events that `send` would send, made as fast as they can be and put into files and objects."""
