# Aliases on ./lab for those who like make; GNU make 3.81 (macOS) is enough.
# Each target says what it does after "##": `make help` is made of these comments.
# Values reach ./lab by the environment, as they were typed: no shell or make reads them again.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory --no-builtin-rules

SETTINGS := LAB TASK ALL BACKEND KUBE KUBE_CONTEXT JSON SEED DEST CODE FRESH SURVIVORS REQUIRE FIXTURE SIZE DEMO ID TITLE \
	SUBMISSIONS LABS OUT SANDBOX ENGINE SCHEDULER RUNS LIKE JOBS TOOL HTML RECORD \
	ANSWERS INTERVIEW TRACK RESTORE WATCH DEBUG REPO CLASSROOM TO DRY UNDO SELFTEST VERSION WHEELS

# $(value X) is the text before make looks for a $ in it; unexport keeps the expanded one out of the environment.
define hand_on
unexport $(1)
OPS_LABS_$(1) := $$(value $(1))
export OPS_LABS_$(1)
endef
$(foreach name,$(SETTINGS),$(eval $(call hand_on,$(name))))

# $(call if_set,NAME,--option): the option when NAME is set, and neither 0 nor no.
if_set = $(if $(filter-out 0 no off false,$(OPS_LABS_$(1))),$(2))
# $(call with_value,NAME,--option): the option and the value of NAME, read by the shell only inside quotes.
with_value = $${OPS_LABS_$(1):+$(2) "$$OPS_LABS_$(1)"}
given = $${OPS_LABS_$(1):+"$$OPS_LABS_$(1)"}
# $(call need,NAME,usage): stop with the usage when NAME is not set.
need = if test -z "$$OPS_LABS_$(1)"; then echo 'usage: $(2)' >&2; exit 2; fi;

RUN := $(if $(value PYTHON),"$$PYTHON" ./lab,./lab)
RUN_OPTIONS = $(call with_value,TASK,--task) $(call if_set,ALL,--all) $(call with_value,BACKEND,--backend) \
	$(call with_value,SEED,--seed) $(call if_set,JSON,--json) $(call if_set,WATCH,--watch) \
	$(call if_set,DEBUG,--debug) $(call with_value,KUBE,--kube) $(call with_value,KUBE_CONTEXT,--kube-context)

##@ Learn
.PHONY: lab
lab: ## Judge your code: LAB=22 [TASK=3 ALL=1 WATCH=1]
	@$(call need,LAB,make lab LAB=22 [TASK=3] [ALL=1] [WATCH=1] [DEBUG=1] [BACKEND=container] [JSON=1] [SEED=7] \
	[KUBE=kubeconfig KUBE_CONTEXT=NAME]) $(RUN) run "$$OPS_LABS_LAB" $(RUN_OPTIONS)

.PHONY: solution
solution: ## Run the same tests on the reference solution: LAB=22
	@$(call need,LAB,make solution LAB=22) $(RUN) solution "$$OPS_LABS_LAB" $(RUN_OPTIONS)

.PHONY: hint
hint: ## The next hint for a task, never the code: LAB=22 TASK=3
	@$(call need,LAB,make hint LAB=22 TASK=3) $(call need,TASK,make hint LAB=22 TASK=3) \
	$(RUN) hint "$$OPS_LABS_LAB" $(call with_value,TASK,--task)

.PHONY: diff
diff: ## Compare your code with the solution: LAB=22 [CODE=folder]
	@$(call need,LAB,make diff LAB=22 [CODE=folder]) \
	$(RUN) diff "$$OPS_LABS_LAB" $(call with_value,CODE,--code)

.PHONY: start
start: ## Copy a lab out of the repository: LAB=22 DEST=folder
	@$(call need,LAB,make start LAB=22 DEST=folder) $(call need,DEST,make start LAB=22 DEST=folder) \
	$(RUN) start "$$OPS_LABS_LAB" "$$OPS_LABS_DEST"

.PHONY: quiz
quiz: ## Answer the questions of a lab: LAB=22 [INTERVIEW=1]
	@$(call need,LAB,make quiz LAB=22 [INTERVIEW=1] [ANSWERS=file]) \
	$(RUN) quiz "$$OPS_LABS_LAB" $(call if_set,INTERVIEW,--interview) $(call with_value,ANSWERS,--answers) \
	$(call if_set,JSON,--json)

.PHONY: progress
progress: ## What is done, and what comes next: [TRACK=book JSON=1]
	@$(RUN) progress $(call with_value,TRACK,--track) $(call if_set,JSON,--json)

.PHONY: reset
reset: ## Put starter files back (yours are kept): LAB=22 [TASK=3]
	@if test -z "$${OPS_LABS_LAB}$(call if_set,ALL,1)"; then echo 'usage: make reset LAB=22 [TASK=3], or ALL=1' >&2; exit 2; fi; \
	$(RUN) reset $(call given,LAB) $(call with_value,TASK,--task) $(call if_set,ALL,--all)

.PHONY: backups
backups: ## List the copies of your files: [LAB=22 RESTORE=name]
	@$(RUN) backups $(call given,LAB) $(call with_value,RESTORE,--restore)

.PHONY: upgrade
upgrade: ## Get a new release, your work in it: [TO=tag DRY=1 UNDO=1]
	@$(RUN) upgrade $(call with_value,TO,--to) $(call if_set,DRY,--dry-run) $(call if_set,UNDO,--undo)

.PHONY: list
list: ## Show all labs
	@$(RUN) list $(call if_set,JSON,--json)

.PHONY: doctor
doctor: ## What this machine can run: [SELFTEST=1 JSON=1]
	@$(RUN) doctor $(call if_set,SELFTEST,--self-test) $(call if_set,JSON,--json)

.PHONY: serve
serve: ## Explore a fixture by hand: FIXTURE=ssh [SIZE=3 DEMO=1]
	@$(call need,FIXTURE,make serve FIXTURE=ssh [SIZE=3] [DEMO=1] [JSON=1]) \
	$(RUN) serve "$$OPS_LABS_FIXTURE" $(call with_value,SIZE,--size) $(call if_set,DEMO,--demo) $(call if_set,JSON,--json)

.PHONY: setup
setup: ## Fetch ahead what labs need: [TRACK=book LAB=22 ALL=1]
	@$(RUN) setup $(call given,LAB) $(call with_value,TRACK,--track) $(call if_set,ALL,--all)

.PHONY: docs
docs: ## Build the catalogue as a web site: [DEST=folder]
	@$(RUN) docs $(call given,DEST)

##@ Teach
.PHONY: bundle
bundle: ## All wheels for bad wifi: DEST=dir [TRACK=book LABS=08]
	@$(call need,DEST,make bundle DEST=dir [TRACK=book] [LABS=08]) \
	$(RUN) bundle "$$OPS_LABS_DEST" $(call with_value,TRACK,--track) $(call with_value,LABS,--labs)

.PHONY: starters
starters: ## A zip of each lab: DEST=dir [LABS=08,22 TRACK=book REPO=1]
	@$(call need,DEST,make starters DEST=dir [LABS=08] [TRACK=book] [REPO=1] [CLASSROOM=1]) \
	$(RUN) starters "$$OPS_LABS_DEST" $(call with_value,LABS,--labs) $(call with_value,TRACK,--track) \
	$(call if_set,REPO,--repo) $(call if_set,CLASSROOM,--classroom)

.PHONY: grade
grade: ## Judge many learners: SUBMISSIONS=dir [LABS=08,22 OUT=dir]
	@$(call need,SUBMISSIONS,make grade SUBMISSIONS=dir [LABS=08] [OUT=dir] [SANDBOX=container] \
	[ENGINE=dask SCHEDULER=tcp://host:8786]) \
	$(RUN) grade "$$OPS_LABS_SUBMISSIONS" $(call with_value,LABS,--labs) $(call with_value,OUT,--out) \
	$(call with_value,SANDBOX,--sandbox) $(call with_value,ENGINE,--engine) $(call with_value,SCHEDULER,--scheduler)

##@ Write labs
.PHONY: new-lab
new-lab: ## Make the scaffold of a lab: ID=r19 TITLE="Read a journal"
	@$(call need,ID,make new-lab ID=r19 TITLE="Read a journal") \
	$(call need,TITLE,make new-lab ID=r19 TITLE="Read a journal") \
	$(RUN) new-lab "$$OPS_LABS_ID" "$$OPS_LABS_TITLE"

.PHONY: verify
verify: ## Prove labs: [LAB=22 HTML=file FRESH=1 RECORD=1]
	@$(RUN) verify $(call given,LAB) $(call if_set,FRESH,--fresh) $(call with_value,HTML,--html) \
	$(call if_set,RECORD,--record)

.PHONY: mutants
mutants: ## Mistakes noticed? [LAB=22 TOOL=mutmut FRESH=1 SURVIVORS=1]
	@$(RUN) mutants $(call given,LAB) $(call with_value,TOOL,--tool) $(call if_set,FRESH,--fresh) \
	$(call if_set,SURVIVORS,--survivors) $(call if_set,JSON,--json)

.PHONY: flakes
flakes: ## Do tests fail now and then? [LAB=22 RUNS=50 SEED=7 JSON=1]
	@$(RUN) flakes $(call given,LAB) $(call with_value,RUNS,--runs) $(call with_value,SEED,--seed) \
	$(call with_value,LIKE,--like) $(call with_value,JOBS,--jobs) $(call if_set,JSON,--json)

.PHONY: freeze
freeze: ## Take the starter files as the pristine skeleton: LAB=22
	@$(call need,LAB,make freeze LAB=22) $(RUN) freeze "$$OPS_LABS_LAB"

##@ Work on the repository
.PHONY: test
test: ## All tests, on this machine: [REQUIRE=docker,chromium]
	@$(RUN) test $(call with_value,REQUIRE,--require)

.PHONY: bench
bench: ## Measure what the documentation says about speed
	@$(RUN) bench

.PHONY: lint
lint: ## Check style
	@$(RUN) lint

.PHONY: types
types: ## Check types
	@$(RUN) types

.PHONY: format
format: ## Format all Python files
	@$(RUN) format

.PHONY: tox
tox: ## Run tests on each Python that is present, style, types
	@$(RUN) tox

.PHONY: constraints
constraints: ## Resolve constraints.txt again, keeping what still fits
	@$(RUN) constraints

.PHONY: update
update: ## Resolve constraints.txt with the newest versions, and test
	@$(RUN) update

.PHONY: release
release: ## Check, tag and build a release: VERSION=1.2.0
	@$(call need,VERSION,make release VERSION=1.2.0) $(RUN) release "$$OPS_LABS_VERSION"

.PHONY: clean
clean: ## Remove environments and caches; progress and backups stay
	@$(RUN) clean

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":[^#]*## " } \
	/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
