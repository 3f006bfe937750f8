"""How many builds are killed: some by default, 200 with `pytest tests/faults --kills 200`."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=24, help="how many builds tests/faults kills [24]")
