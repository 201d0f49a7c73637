# How jobs are called: the same Python, environment, scripts and configuration wherever the workflow runs.
import shlex

# Jobs run under the interpreter that runs Snakemake, and inherit nothing that could change or end them. As a module this
# stands in front of each command: the jobs of the other workflow keep their environment.
SURROUNDINGS = preflight.for_jobs(
    os.environ, sys.executable, Path(rx.__file__).parents[1], STUDY.results / ".cache", STUDY.papers
)
LITERAL = str.maketrans({"{": "{{", "}": "}}"})  # commands are formatted by Snakemake

# Jobs of this process are copies of one that has imported what they need; see replicortex.pipeline.forkserver.
if not workflow.is_main_process:
    os.environ.pop(forkserver.VARIABLE, None)

if not AS_MODULE:
    shell.prefix(SURROUNDINGS.translate(LITERAL))


# Calls a script of this checkout, which the arguments name first, and keeps what it says in the job's log, and its times.
SCRIPTS = shlex.quote(str(BASE / "workflow_scripts"))
BEFORE = f"{SURROUNDINGS if AS_MODULE else ''}python {SCRIPTS}/".translate(LITERAL)
COMMAND = BEFORE + "{params.arguments} --log {log:q} > {log:q} 2>&1"


# What rules are made from. The options by which scripts read the same configuration stand in arguments, which are
# functions of the output, so that another name or place of the same settings runs nothing again.
GIVEN = PLAN, RERUNS, shlex.join(rx.config.as_options(**CONFIGURED))
