# How jobs are called: the same Python, environment, scripts and configuration wherever the workflow runs.

# Jobs run under the interpreter that runs Snakemake, and inherit nothing that could change or end them. As a module this
# stands in front of each command: the jobs of the other workflow keep their environment.
SURROUNDINGS = workplace.for_jobs(os.environ, sys.executable, Path(rx.__file__).parents[1], STUDY.results / ".cache")
LITERAL = str.maketrans({"{": "{{", "}": "}}"})  # commands are formatted by Snakemake

if not AS_MODULE:
    shell.prefix(SURROUNDINGS.translate(LITERAL))


def command(script, arguments):
    """The shell command that calls a script of this checkout and keeps what it says in the job's log."""
    called = f"python {shlex.quote(str(BASE / 'workflow_scripts' / script))}"
    before = f"{SURROUNDINGS if AS_MODULE else ''}{called}".translate(LITERAL)
    return f"{before} {arguments} > {{log:q}} 2>&1"


# Options of the scripts that read the configuration, for the switches that are on.
SWITCHES = shlex.join(["--on", *(key for key in ("pretrained", "remeasure") if getattr(STUDY, key))])

# The same for where the configuration is and what stands on top of it. Rules take it as a function of their output, so
# that another name or place of the same settings runs nothing again.
ON_TOP_OPTIONS = shlex.join(rx.config.as_options(**CONFIGURED))


def on_top(wildcards, output):
    """These options."""
    return ON_TOP_OPTIONS
