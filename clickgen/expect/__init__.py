"""What analytics should say of a run: counted from the run itself, and as the SQL that counts the same."""
