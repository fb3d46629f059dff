"""Take the pictures of docs/report.md anew: `.venv/bin/python docs/screenshots.py results/report/index.html`."""

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from selenium import webdriver

SPECIES = "document.querySelector('[data-species=s8]').click();"
TO = "document.querySelector('{}').scrollIntoView({{ behavior: 'instant' }});"
SHOTS = {
    "report-summary": (1100, 760, "light", ""),
    "report-species": (1280, 1000, "light", SPECIES + TO.format("#cards")),
    "report-detections": (1100, 960, "dark", SPECIES + TO.format("#filters")),
    "report-phone": (390, 844, "light", TO.format("#status")),
}
"""Width, height, colours, and what is done on the page before."""

LATER = (
    "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => { %s setTimeout(done, 500) }));"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path, help="a report of the demo")
    address = parser.parse_args().page.resolve().as_uri()
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(executable_path=shutil.which("chromedriver")))
    for name, (width, height, colours, script) in SHOTS.items():
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        scheme = {"name": "prefers-color-scheme", "value": colours}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        driver.get(address)
        for step in (script, script.split(";", 1)[-1]):  # the page grows by the first: what was scrolled to moves
            driver.execute_async_script(LATER % step)
        image = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
        few = image.quantize(200, dither=Image.Dither.NONE)
        few.save(Path(__file__).parent / f"{name}.png", optimize=True)
    driver.quit()


if __name__ == "__main__":
    main()
