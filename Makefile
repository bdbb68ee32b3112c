# Every target sets up what it needs: python3.11 or newer, make and a package registry are enough.
PYTHON ?= python3
BIN := .venv/bin
export JAX_PLATFORMS ?= cpu

.PHONY: parity test bench lint format

parity: .venv/ready
	$(BIN)/python -m parity_tests $(OPS) $(if $(FULL),--full) $(ALGORITHMS:%=--algorithms %)

test: .venv/ready
	$(BIN)/python -m pytest $(ARGS)

# large arrays would cost page faults at each call, in torch and in JAX
bench: export MALLOC_ARENA_MAX = 1
bench: export MALLOC_MMAP_THRESHOLD_ = 4294967296
bench: export MALLOC_TRIM_THRESHOLD_ = 8589934592
bench: .venv/ready
	$(BIN)/python -m bench $(OPS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# torch first: any other package that asks for it would bring a build with CUDA
# facenet-pytorch is there for its trained weights alone; what it asks for is older than the above
.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	$(BIN)/python -m pip install --quiet --no-deps facenet-pytorch==2.6.0
	touch $@
