"""Debian's Chromium, driven by Selenium through its own chromedriver (`apt install chromium chromium-driver`)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

MISSING = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]


@contextmanager
def browser(profile: Path | None = None, *, downloads: Path | None = None) -> Iterator[Any]:
    """Start the browser, or skip the test: it writes down its console and what it asks the network for.

    Parameters
    ----------
    profile : Path, optional
        The folder in which it keeps what pages store; without one, it forgets all at the end.
    downloads : Path, optional
        Where it saves files.
    """
    if MISSING:
        pytest.skip(f"no {' and no '.join(MISSING)} here; on Debian: apt install chromium chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: make install-dev")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1000"):
        options.add_argument(argument)
    if profile is not None:
        options.add_argument(f"--user-data-dir={profile}")
    if downloads is not None:
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    started = webdriver.Chrome(options=options, service=service)
    try:
        yield started
    finally:
        with suppress(Exception):  # the test may have killed it
            started.quit()
