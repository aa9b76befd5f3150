# Two commands do everything on a machine with Python 3.11 and make: `make lab` and `make test`.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
RUN := $(BIN)/python
STUDIO_PAGE = $(RUN) -m tools.browser $(RUN) -m pytest -m browser -s tests/browser/test_studio_page.py
TWO := -n 2 --dist loadfile # workers, of one thread each

.PHONY: lab studio test unit notebook-tests browser-tests browser soak audit benchmark notebooks slides gallery \
        pictures grid demo lint activations address site house student instructor quizzes wheelhouse clean
.DEFAULT_GOAL := lab

lab: $(VENV)/lab ## install, then open JupyterLab in notebooks/
	$(RUN) -m jupyterlab --notebook-dir=notebooks $(LAB_ARGS)

studio: $(VENV)/page ## the studio alone, as a page in the browser
	$(BIN)/nst studio

test: lint unit notebook-tests browser-tests ## everything CI checks

unit: $(VENV)/test
	$(RUN) -m pytest -m "not soak and not browser" $(TWO) --durations=10

notebook-tests: $(VENV)/test ## the notebooks run, and their tagged outputs are as committed
	$(RUN) -m pytest -p nbval -p tests.peaks --nbval-lax --nbval-current-env --nbval-cell-timeout=300 $(TWO) notebooks

# tools/browser.py gets a browser where there is none, and says loudly when none is to be had.
browser-tests: $(VENV)/test ## JupyterLab in Chrome or Chromium: lesson 00, lesson 04, the studio, slides, site
	$(RUN) -m tools.browser $(RUN) -m pytest -m browser -s

browser: $(VENV)/test ## the same with every notebook, and the studio with older kernels
	NST_BROWSER_NOTEBOOKS=all $(RUN) -m tools.browser $(RUN) -m pytest -m browser -s
	NST_IPYKERNEL=6.17.1 $(STUDIO_PAGE)
	NST_IPYKERNEL=7.1.0 $(STUDIO_PAGE)

soak: $(VENV)/soak ## thousands of evaluations on every kind of loss, ten minutes of odd files
	$(RUN) -m pytest -m soak -s

audit: $(VENV)/audit ## known vulnerabilities in what is installed, where that can be asked
	$(RUN) tools/audit.py

benchmark: $(VENV)/test ## against other loops, interleaved; writes benchmarks/results
	$(RUN) -m benchmarks.loops --size 256
	$(RUN) -m benchmarks.loops --size 512
	$(RUN) -m benchmarks.table

pictures: $(VENV)/test ## twelve pairs in four ways; writes benchmarks/results
	$(RUN) -m benchmarks.pictures

notebooks: $(VENV)/test ## execute the notebooks in place, as they are committed
	$(RUN) tools/run_notebooks.py $(NAMES)

slides: $(VENV)/slides ## one HTML file a lesson, or one deck with PLAN=90, in build/slides, for no network
	$(RUN) -m tools.slides $(if $(PLAN),--plan "$(PLAN)") $(NAMES)

site: $(VENV)/site ## the course as a site, in build/site, to be opened without a network
	$(RUN) -m tools.website

house: $(RUN) ## draw docs/house.md, the map of the code, again
	$(RUN) -m tools.house

student: $(VENV)/slides ## the notebooks without solutions or answers: build/student and a zip
	$(RUN) -m tools.editions student

instructor: $(VENV)/slides ## the notebooks with everything unfolded, and solutions as pages
	$(RUN) -m tools.editions instructor

wheelhouse: student ## every wheel and the notebooks in build/wheelhouse, to install without a network
	$(RUN) -m pip wheel --quiet --wheel-dir build/wheelhouse $(TORCH) ".[lab,class]"
	cp build/student.zip build/wheelhouse

quizzes: $(VENV)/base ## ten questions a lesson as pages, in build/quizzes
	$(RUN) -m tools.quiz_pages

gallery: $(VENV)/slides ## paint what is not current in images/results
	$(RUN) -m tools.gallery
	$(RUN) -m tools.heroes

grid: $(VENV)/base ## every photo in the manner of every painting, small
	$(RUN) -m tools.grid

demo: $(VENV)/base ## paint the pavilion as The Starry Night
	$(RUN) -m nst_helpers images/content/pavilion.jpg images/style/starry_night.jpg -o demo.png

lint: $(VENV)/test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

activations: $(VENV)/base ## measure the mean activations that normalise VGG19 again
	$(RUN) tools/measure_activations.py

address: ## make address REPO=owner/name writes the repository's address everywhere
	$(PYTHON) -m tools.address $(REPO)

clean:
	rm -rf $(VENV) demo.png

$(RUN):
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)

# One stamp an extra, so that each target installs what it needs and no target needs another.
$(VENV)/base: $(RUN) pyproject.toml
	$(RUN) -m pip install --quiet --editable .
	touch $@

$(VENV)/lab $(VENV)/page $(VENV)/slides $(VENV)/site $(VENV)/test $(VENV)/soak $(VENV)/audit: $(VENV)/base
	$(RUN) -m pip install --quiet --editable ".[lab,$(notdir $@)]"
	touch $@
