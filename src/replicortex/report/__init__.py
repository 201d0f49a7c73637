"""What all papers share when they show what came out: verdicts on claims, style and parts of figures, pages."""
