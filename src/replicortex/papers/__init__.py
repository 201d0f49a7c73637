"""The papers that come with the package, each a folder: its tables, steps, figures and claims.

A folder is found by its ``paper.py`` and named nowhere else. A paper uses the science, the pipeline and the report;
nothing of these uses a paper, and no paper uses another.
"""
