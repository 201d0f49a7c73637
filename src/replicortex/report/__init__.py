"""What all papers share when they show what came out: checks of tables, style and parts of figures, pages of claims."""
