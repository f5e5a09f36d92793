"""Does a table of the Glue catalogue fit the data that it is about?"""
