"""Records of JSON become columns: Parquet or ORC by the schema of a catalogue table."""
