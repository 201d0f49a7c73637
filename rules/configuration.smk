# Where this checkout is, and which configuration counts: of a call, or of a module of another workflow.
import sys
from pathlib import Path

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
    SHIPPED = pretrained.available(STUDY.scale, pretrained.home()) if STUDY.pretrained else {}
    STUDY = pretrained.shipped_study(STUDY, SHIPPED) if STUDY.pretrained else STUDY
    if not STUDY.pretrained and any(experiment.imported for experiment in STUDY.of_kind("rate").values()):
        rx.training.check_imported(STUDY)
except (ValueError, OSError) as error:
    sys.exit(str(error))
