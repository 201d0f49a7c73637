"""What is measured on the primer's networks: arrays in, tidy tables out; no plotting, no files."""
