# Where this checkout is, which configuration counts (of a call, or of a module of another workflow), and the plan.
import atexit
import os
import sys
import time
from pathlib import Path

from replicortex import forkserver, preflight, summary, targets
from replicortex.report.claimed_tables import tables_of_claims

BEGUN = time.monotonic()
# This checkout, whatever folder Snakemake works in; results, figures and .snakemake are made in that folder.
BASE = Path(workflow.current_basedir.get_path_or_uri(secret_free=False)).parent
BASE = Path() if BASE == Path.cwd() else BASE
AS_MODULE = not workflow.modifier.is_main_snakefile()  # of another workflow, with jobs and targets of its own

# The configuration is checked as a whole before any job is planned: one line for each problem. On top of config.yaml
# come the files of --configfile, which say only what differs, and single settings such as --config results=mine.
try:
    if workflow.modifier.skip_configfile:  # a module that is given its `config:`
        CONFIGURED = rx.config.of_module(config, BASE, Path(".snakemake/replicortex"))
    else:
        CONFIGURED = rx.config.of_snakemake(workflow.config_settings, BASE)
    STUDY = rx.load_config(**CONFIGURED)
    PAPERS = pipeline.papers(STUDY.papers)
    SHIPPED = pretrained.available(STUDY.scale, pretrained.home()) if STUDY.pretrained else {}
    STUDY = pretrained.shipped_study(STUDY, SHIPPED) if STUDY.pretrained else STUDY
    if not STUDY.pretrained and any(experiment.imported for experiment in STUDY.of_kind("rate").values()):
        rx.training.check_imported(STUDY)
    # Hashes of the code behind each job, in which comments, layout and what is not used do not count.
    RERUNS = pipeline.Reruns(STUDY, Path(".snakemake/code.json").absolute(), beside=pipeline.own_papers(STUDY))
    PLAN = pipeline.Plan(STUDY, PAPERS, SHIPPED, tables_of_claims(RERUNS.graph, Path(".snakemake/claims.json"), PAPERS))
except (ValueError, OSError) as error:
    sys.exit(str(error))
atexit.register(RERUNS.graph.save)
atexit.register(pipeline.tell_dry, workflow, PLAN, [] if AS_MODULE else sys.argv[1:])

RESULTS = PLAN.results
FIGURES = STUDY.figures.as_posix()
LOG = f"{RESULTS}/logs"
# As a module of another workflow, whose targets are its own, this one is not asked by the command line.
PLAN.asked([] if AS_MODULE else targets.of_call(sys.argv[1:]))


wildcard_constraints:
    experiment="[^/]+",
    network="[^/]+",
    shard="[^/]+",
    table="[^/]+",
    figure="[^/]+",


onstart:
    try:
        preflight.check_writable([RESULTS, FIGURES])
        remarks = [preflight.other_temporary(os.environ), preflight.other_versions(BASE / "requirements.lock")]
    except OSError as error:
        sys.exit(str(error))
    for remark in filter(None, remarks):
        print(remark, file=sys.stderr)
    preflight.end_with_jobs()
    os.environ[forkserver.VARIABLE] = forkserver.start(SURROUNDINGS)
    preflight.sweep([RESULTS], [FIGURES])
    if late := preflight.settle_times([RESULTS], [FIGURES]):
        print(
            f"{late} results were dated in the future, by a clock that was wrong; they are dated now",
            file=sys.stderr,
        )


onsuccess:
    summary.tell(workflow, BEGUN, STUDY.folder / "logs/summary.txt")


onerror:
    summary.tell(workflow, BEGUN, STUDY.folder / "logs/summary.txt")
