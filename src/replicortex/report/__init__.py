"""What became of a study: verdicts on claims, how sure they are, and their pages."""
