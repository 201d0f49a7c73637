"""`snakemake --lint`, without the check that asks for a conda environment or a container in each rule.

All jobs run under the Python that runs Snakemake, whose environment `make` or environment.yml sets up. A second one of
other versions could give other numbers.
"""

from snakemake.cli import main
from snakemake.linting.rules import RuleLinter

del RuleLinter.lint_missing_software_definition
main(["--lint"])
