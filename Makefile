# make figures/fig2.pdf   train what the figure needs, measure it, draw it
# make plan TARGETS="figures/fig2.pdf"    how many networks that would train, and roughly how long it takes
# make gallery            every figure that the networks shipped in pretrained/ suffice for, without training;
#                       TARGETS=figures/fig2.pdf for one of them
# make check              what is quick of the tests: style, types and units
# make test               everything that continuous integration runs: long tests and whole workflows too
# make fuzz             thousands of mutated configurations, weight files, tables and users' files (minutes); FUZZ=1000 for
#                       fewer, SEED=2 draws others
# make faults           kill FAULTS=20 processes at random moments, damage files, fill a disk, and print what was survived
#                       (long; SEED=2 draws others)
# make site             docs/ as a site in the folder site/; nothing in it is loaded from elsewhere
# make slurm            what submitting to SLURM needs besides; then call snakemake as docs/cluster.md says
# make test-slurm       the workflow through a SLURM of one node that it starts and stops, where SLURM is installed
# make explain FILE=figures/fig2.pdf    what a figure, a table or a network was made from, down to the seeds
# make reproduce        everything again in the folder SECOND, or TARGETS="figures/fig2.pdf" alone, and compared with what is
#                       here: same bits on the same processor, the claims' intervals elsewhere
# make report             figures/report.html: figures, start page, rule graph and run times in one file; TARGETS as above
# make crate              run.crate.zip: figures, all they were made from and how, as an RO-Crate; FILES="figures/fig2.pdf"
#                       for some; AGENT="Your Name" ORCID=0000-0002-1825-0097 says who ran it
# make progress           how far the trainings are, live
# make unlock             after Snakemake was killed or the power failed: take away the lock it left, then go on
#
# Every target sets itself up in .venv; nothing but Python 3.11 to 3.14, pip, git, gcc and make is needed. Packages are
# installed by uv where there is one, else by pip, from the same locks with hashes. Variables:
#   CORES=4            processes at a time (default: all)
#   SCALE=smoke        smoke | laptop | paper (default: what config.yaml says)
#   CONFIG=mine.yaml   your own settings; the file says only what differs (docs/variant.md)
#   TORCH=cpu          cpu | cuda
#   TORCH_INDEX=URL    where else to look for torch. uv finds the small CPU build by itself. pip on Linux takes the
#                      ordinary wheel, which carries CUDA (several GB); for the CPU build give the address of the CPU
#                      wheels that pytorch.org names
#   UV=                pip although there is a uv; UV=/path/to/uv names one
#   SECOND=reproduced  folder in which `make reproduce` makes everything again; it goes on in one that is there
#   PYTHON=python3.12  the interpreter that .venv is made from

CONFIG ?=
CORES ?= all
FILES ?=
FAULTS ?= 20
FUZZ ?= 5000
SCALE ?=
SECOND ?= reproduced
SEED ?=
TARGETS ?=
TORCH ?= cpu
TORCH_INDEX ?=
TORCH_VERSION = 2.13.0
UV ?= $(shell command -v uv 2>/dev/null)

# What the caller's environment says of Python is not for this one; a cache has to be somewhere if HOME cannot be written.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH PYTHONDONTWRITEBYTECODE PYTHONOPTIMIZE PYTHONINSPECT PYTHONSTARTUP PYTHONWARNINGS VIRTUAL_ENV
export PYTHONNOUSERSITE = 1
export MPLBACKEND = Agg
ifeq ($(shell test -w "$$HOME" && echo yes),)
export XDG_CACHE_HOME ?= $(CURDIR)/.snakemake/cache
endif

# A word of the shell, whatever is in it.
q = '$(subst ','\'',$(1))'

SUITABLE = import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
VERSION = import sys; print("%d.%d" % sys.version_info[:2])
FOUND := $(firstword $(foreach p,python3.11 python3.12 python3.13 python3.14 python3 python,\
	$(shell $(p) -c '$(SUITABLE)' >/dev/null 2>&1 && echo $(p))))
PYTHON ?= $(FOUND)

BIN = .venv/bin
# Why .venv cannot be used as it is: it was made elsewhere (programs in it name the folder that they were made for), or
# by a Python that is not the one asked for.
ifneq ($(wildcard .venv/pyvenv.cfg),)
ifeq ($(shell head -3 $(BIN)/pip 2>/dev/null | grep -cF $(call q,$(CURDIR)/.venv/bin/)),0)
STALE = it was made in another folder
else ifneq ($(shell $(BIN)/python -c '$(SUITABLE)' >/dev/null 2>&1 && echo yes),yes)
STALE = its Python cannot be used any more
else ifneq ($(filter command environment,$(firstword $(origin PYTHON))),)
ifneq ($(shell $(call q,$(PYTHON)) -c '$(VERSION)' 2>/dev/null),$(shell $(BIN)/python -c '$(VERSION)' 2>/dev/null))
STALE = it has another Python than $(PYTHON)
endif
endif
endif
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet install
# uv is faster, and understands the same options. Where it cannot reach a package, pip looks where this machine has them.
install = $(if $(UV),$(call q,$(UV)) pip install --quiet --python $(BIN)/python $(1) 2>/dev/null || )$(PIP) $(1)
locked = $(call install,--require-hashes -r $(1))
EXTRA_INDEX = $(if $(filter cpu,$(TORCH)),$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)))
# uv knows where the CPU wheels are. Where it cannot reach them, pip installs torch from what this machine is told to use.
UV_TORCH = $(call q,$(UV)) pip install --quiet --python $(BIN)/python --torch-backend $(if $(filter cpu,$(TORCH)),cpu,auto)
KERNEL = $(wildcard setup.py $(addprefix src/replicortex/native/,*.cpp *.h variants.py))
READY = .venv/.ready-$(TORCH)
OTHER = .venv/.ready-$(filter-out $(TORCH),cpu cuda)
READY_DEV = .venv/.ready-dev
READY_SLURM = .venv/.ready-slurm
READY_CRATE = .venv/.ready-crate
READY_DOCS = .venv/.ready-docs
OWN = $(if $(CONFIG), --configfile $(call q,$(CONFIG)))
SNAKEMAKE = $(BIN)/snakemake$(OWN) --cores $(CORES) $(if $(SCALE),--config scale=$(SCALE) --)

ifeq ($(filter $(TORCH),cpu cuda),)
$(error TORCH=$(TORCH): cpu or cuda)
endif

.PHONY: help env settings all plan gallery report crate check test lint types quick unit workflow site fuzz faults slurm test-slurm explain reproduce bench progress unlock lock clean-env FORCE
.DELETE_ON_ERROR:
.SECONDARY:

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

env: $(READY)

# Snakemake would end with a traceback.
settings:
	@test -z $(call q,$(CONFIG)) || test -f $(call q,$(CONFIG)) || { echo "CONFIG="$(call q,$(CONFIG))": no such file; give one" \
		"with settings that differ from config.yaml (docs/variant.md)" >&2; exit 1; }

all: settings $(READY)
	$(SNAKEMAKE) all

gallery: settings $(READY)
	$(BIN)/snakemake$(OWN) --cores $(CORES) --config pretrained=true $(if $(SCALE),scale=$(SCALE)) -- $(or $(TARGETS),gallery)

plan: settings $(READY)
	@$(BIN)/snakemake$(OWN) -n --quiet all --cores $(CORES) $(if $(SCALE),--config scale=$(SCALE)) -- $(or $(TARGETS),all)

figures/%.pdf figures/%.png: settings $(READY) FORCE
	$(SNAKEMAKE) $(call q,$@)

progress: settings $(READY)
	$(BIN)/python -m replicortex.progress$(OWN) $(if $(SCALE),--scale $(SCALE)) --watch

explain: $(READY)
	@test -n $(call q,$(FILE)) || { echo "Name a file: make explain FILE=figures/fig2.pdf" >&2; exit 1; }
	@$(BIN)/python -m replicortex.explain $(call q,$(FILE))

# The second folder has a copy of one's own settings.
COPIED = replicortex-own.yaml
reproduce: OWN = $(if $(CONFIG), --configfile $(COPIED))
reproduce: settings $(READY)
	mkdir -p $(call q,$(SECOND))
	$(if $(CONFIG),cp $(call q,$(CONFIG)) $(call q,$(SECOND)/$(COPIED)))
	cp -R Snakefile config.yaml rules workflow_scripts profiles pretrained $(wildcard papers) $(call q,$(SECOND))
	cd $(call q,$(SECOND)) && $(call q,$(CURDIR))/$(SNAKEMAKE) $(or $(TARGETS),all)
	$(BIN)/python -m replicortex.reproduce . $(call q,$(SECOND)) $(if $(SCALE),--scale $(SCALE)) \
		$(if $(CONFIG),--configfile $(call q,$(CONFIG)))

report: settings $(READY)
	$(SNAKEMAKE) $(or $(TARGETS),all)
	$(BIN)/snakemake$(OWN) --report figures/report.html $(if $(SCALE),--config scale=$(SCALE) --) $(or $(TARGETS),all)

crate: settings $(READY_CRATE)
	$(BIN)/python -m replicortex.crate$(OWN) $(if $(SCALE),--scale $(SCALE)) $(if $(AGENT),--agent $(call q,$(AGENT))) \
		$(if $(ORCID),--orcid $(ORCID)) $(FILES)

unlock: $(READY)
	$(BIN)/snakemake --cores 1 --unlock

bench: $(READY)
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m benchmarks

check: lint types quick

test: lint types unit site workflow

lint: $(READY_DEV)
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/python .ci/lint_workflow.py

types: $(READY_DEV)
	$(BIN)/mypy

# `quick` leaves out what takes seconds by itself.
quick unit: $(READY_DEV)
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/pytest -m "not workflow and not slurm$(if $(filter quick,$@), and not long)" \
		-n 2 --dist worksteal --durations 8

workflow: $(READY_DEV)
	$(BIN)/pytest -m workflow -n 2 --dist worksteal --durations 8

site: $(READY_DOCS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html (to search in it: python -m http.server --directory site)"

slurm: $(READY_SLURM)

test-slurm: $(READY_DEV) $(READY_SLURM)
	$(BIN)/pytest -s -rs -m slurm

fuzz: $(READY_DEV)
	REPLICORTEX_FUZZ=$(FUZZ) REPLICORTEX_FUZZ_SEED=$(SEED) OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/pytest -s tests/test_fuzz_*.py

faults: $(READY_DEV)
	REPLICORTEX_FAULTS=$(FAULTS) REPLICORTEX_FAULTS_SEED=$(or $(SEED),1) $(BIN)/pytest -s -rs -m faults

lock: $(READY_DEV)
	$(PIP) --upgrade --upgrade-strategy only-if-needed -e '.[workflow,dev,docs,slurm,crate]' uv
	$(BIN)/python .ci/lock.py

clean-env:
	rm -rf .venv

$(READY): requirements.lock pyproject.toml $(KERNEL) $(if $(STALE),FORCE)
	@test -n $(call q,$(PYTHON)) || { echo "No suitable Python found: 3.11 to 3.14 with the module ensurepip is needed" \
		"(on Debian and Ubuntu: apt install python3-venv). Name one with PYTHON=..." >&2; exit 1; }
	@$(call q,$(PYTHON)) -c '$(SUITABLE)' >/dev/null 2>&1 || { echo "PYTHON=$(PYTHON): is not there, or is not Python 3.11 to 3.14" \
		"with the module ensurepip; nothing was changed" >&2; exit 1; }
	@$(if $(STALE),echo ".venv is made again: $(STALE)"; rm -rf .venv)
	@echo "Setting up .venv ($(PYTHON), torch $(TORCH_VERSION) for $(TORCH)); this takes some minutes the first time"
	@test -x $(BIN)/python || $(call q,$(PYTHON)) -m venv .venv
	@test ! -e $(OTHER) || $(BIN)/python -m pip --quiet uninstall --yes torch
	$(call locked,requirements.lock)
	$(if $(and $(UV),$(if $(TORCH_INDEX),,yes)),$(UV_TORCH) torch==$(TORCH_VERSION) 2>/dev/null ||) \
		$(PIP) torch==$(TORCH_VERSION) $(EXTRA_INDEX)
	$(call install,--no-deps --no-build-isolation -e .)
	@rm -f $(OTHER) && touch $@

$(READY_SLURM): $(READY) requirements-slurm.lock
	$(call locked,requirements-slurm.lock)
	@touch $@

$(READY_CRATE): $(READY) requirements-crate.lock
	$(call locked,requirements-crate.lock)
	@touch $@

$(READY_DOCS): $(READY) requirements-docs.lock
	$(call locked,requirements-docs.lock)
	@touch $@

$(READY_DEV): $(READY) requirements-dev.lock
	$(call locked,requirements-dev.lock)
	@touch $@
