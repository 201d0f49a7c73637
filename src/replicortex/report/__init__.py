"""What a study found, for people: verdicts, intervals, pages."""
