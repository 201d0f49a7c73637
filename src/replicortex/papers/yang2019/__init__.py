"""Yang et al. 2019: twenty cognitive tasks in one network."""
