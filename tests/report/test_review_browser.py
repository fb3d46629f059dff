"""A person's session in the review page, in a real browser: nothing that was decided is lost, and nothing counts twice.

A script presses the keys. What the browser did is compared with the table on the disk.
"""

import errno
import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pandas as pd
import pytest

from browsing import browser
from canopy.detections.review.place import review_page, review_table
from canopy.detections.review.server import Server
from canopy.detections.review.table import ReviewTable
from canopy.detections.review.verdicts import read_saved, saved_files
from reviewing import make_review, table, write_page

pytestmark = pytest.mark.browser

N_CLIPS = 100
WAIT_S = 20
KEYS = "yynuyn"
"""What the person says, over and over."""
WORDS = {"y": "yes", "n": "no", "u": "unsure"}
AT_ONCE_MS = 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_review(tmp_path / "new-abc123", N_CLIPS)


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser() as started:
        yield started


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with Server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()


class Session:
    """The page in a browser's window."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        driver.get(address)
        self.ready()

    def ready(self) -> None:
        self.until(lambda: self.js("return document.body.dataset.ready === 'true'"))

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, condition: Callable[[], Any]) -> Any:
        end = time.monotonic() + WAIT_S
        while not (found := condition()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)
        return found

    def press(self, key: str) -> None:
        """Press a key, as a person does who has seen the next clip."""
        steps = self.js("return review.steps.length")
        self.driver.find_element("css selector", "body").send_keys(key)
        self.until(lambda: self.js("return review.steps.length > arguments[0] || !review.clip", steps))

    def asked(self) -> str:
        return str(self.js("return review.clip?.clip ?? ''"))

    def judge(self, n: int, said: dict[str, str]) -> None:
        """Judge the next clips, and note what was said of each."""
        for _ in range(n):
            key, clip = KEYS[len(said) % len(KEYS)], self.asked()
            assert clip not in said, "asked twice"
            said[clip] = WORDS[key]
            self.press(key)

    def kept(self) -> None:
        """Wait until all that was decided is on the browser's disk."""
        self.until(lambda: self.js("return keep.writing === 0"))

    def sent(self) -> None:
        """Wait until all that was decided is in the table, as far as the page knows."""
        self.until(lambda: self.js("return !server.busy && unsaved().length === 0"))


def processes_of(profile: Path) -> list[int]:
    """Return the processes of the browser that has a profile."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"--user-data-dir={profile}".encode() in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
    assert found
    return found


def unasked(session: Session, said: dict[str, str]) -> bool:
    """Whether the clip that is shown was not judged yet."""
    return session.asked() not in said


def in_table(folder: Path) -> dict[str, str]:
    rows = table(folder)
    assert rows["clip"].is_unique
    assert len(rows) == N_CLIPS
    return {clip: verdict for clip, verdict in zip(rows["clip"], rows["verdict"], strict=True) if verdict}


def test_a_session_of_a_hundred_clips_closed_and_opened_again_in_the_middle(
    driver: Any, folder: Path, tmp_path: Path
) -> None:
    driver.get_log("browser"), driver.get_log("performance")
    said: dict[str, str] = {}
    with serving(folder) as address:
        session = Session(driver, address)
        session.judge(40, said)
        driver.get("about:blank")
        session = Session(driver, address)
        session.judge(30, said)
        session.sent()
        assert in_table(folder) == said
        driver.refresh()
        session.ready()
        session.judge(30, said)
        session.sent()
        assert session.asked() == ""
        assert session.js("return document.getElementById('along').textContent") == "100 of 100 judged"
        steps = session.js("return review.steps")
    assert in_table(folder) == said
    assert len(said) == N_CLIPS
    slow = sorted(step["ms"] for step in steps)
    print(f"from key to the next picture: median {slow[len(slow) // 2]:.0f} ms, highest {slow[-1]:.0f} ms")
    assert slow[len(slow) // 2] < AT_ONCE_MS
    assert all(step["sound"] for step in steps[1:])
    assert [entry for entry in driver.get_log("browser") if "favicon" not in entry["message"]] == []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
    assert {one for one in asked if not one.startswith((address, "data:", "about:"))} == set()


def test_a_browser_that_is_killed_has_kept_every_verdict(folder: Path, tmp_path: Path) -> None:
    """Without a server, the browser's own disk is all there is."""
    profile, downloads = tmp_path / "profile", tmp_path / "downloads"
    said: dict[str, str] = {}
    page = review_page(folder).as_uri()
    with browser(profile) as driver:
        session = Session(driver, page)
        session.judge(23, said)
        session.kept()
        for process in processes_of(profile):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    for lock in profile.glob("Singleton*"):
        lock.unlink()
    with browser(profile, downloads=downloads) as driver:
        session = Session(driver, page)
        assert session.js("return queue.progress.done") == 23
        session.judge(5, said)
        driver.find_element("css selector", "body").send_keys("d")
        session.until(lambda: list(downloads.glob("*.csv")))
        assert "in a saved file" in session.js("return document.getElementById('saved').textContent")
        verdicts = [one for path in saved_files(folder.name, [downloads]) for one in read_saved(path)]
        assert {one.clip: one.verdict for one in verdicts} == said
        assert ReviewTable(review_table(folder)).decide(verdicts) == []
        assert in_table(folder) == said
        write_page(folder)
        driver.refresh()
        session.ready()
        assert session.js("return unsaved().length") == 0
        assert session.js("return queue.progress.done") == 28
        assert session.asked() not in said


def test_two_tabs_agree_and_none_asks_what_the_other_was_told(driver: Any, folder: Path) -> None:
    said: dict[str, str] = {}
    with serving(folder) as address:
        one = Session(driver, address)
        first = driver.current_window_handle
        driver.switch_to.new_window("tab")
        try:
            second, two = driver.current_window_handle, Session(driver, address)
            for _ in range(4):
                for handle, session in ((first, one), (second, two)):
                    driver.switch_to.window(handle)
                    session.until(partial(unasked, session, said))
                    session.judge(2, said)
            two.sent()
        finally:
            driver.close()
            driver.switch_to.window(first)
        one.sent()
        assert one.js("return queue.progress.done") == 16
    assert len(said) == 16
    assert in_table(folder) == said


def test_verdicts_wait_in_the_browser_while_the_servers_disk_is_full(
    driver: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, str] = {}
    replace, full = os.replace, True

    def filling(source: Any, target: Any) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    before = review_table(folder).read_bytes()
    with serving(folder) as address:
        session = Session(driver, address)
        monkeypatch.setattr(os, "replace", filling)
        session.judge(6, said)
        notice = "return document.getElementById('notice')"
        session.until(lambda: "6 verdicts wait in this browser" in session.js(f"{notice}.textContent"))
        assert session.js(f"{notice}.textContent").startswith("The review server: the disk is full: free some space.")
        assert review_table(folder).read_bytes() == before
        driver.refresh()
        session.ready()
        assert session.js("return queue.progress.done") == 6
        session.judge(1, said)
        full = False
        session.sent()
        assert session.js(f"{notice}.hidden")
    assert in_table(folder) == said
    assert {path.name for path in folder.iterdir() if path.name.startswith(".")} == {".lock"}


def test_verdicts_wait_while_the_server_is_gone_and_are_sent_to_the_next_one(driver: Any, folder: Path) -> None:
    said: dict[str, str] = {}
    with serving(folder) as address:
        session = Session(driver, address)
        session.judge(2, said)
        session.sent()
    session.judge(3, said)
    session.until(lambda: "does not answer" in session.js("return document.getElementById('notice').textContent"))
    assert len(in_table(folder)) == 2
    with Server(folder, int(address.rstrip("/").rpartition(":")[2])) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        session.sent()
        server.shutdown()
        thread.join()
    assert in_table(folder) == said


def test_undo_other_species_remarks_and_a_dragged_box_reach_the_table(driver: Any, folder: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    rows = table(folder)
    with serving(folder) as address:
        session = Session(driver, address)
        session.press("y")
        session.press("n")
        session.press(Keys.BACKSPACE)
        assert session.asked() == rows["clip"][1]
        session.press("1")
        body = driver.find_element("css selector", "body")
        body.send_keys("o")
        driver.switch_to.active_element.send_keys("new bird", Keys.ENTER)
        session.until(lambda: session.asked() == rows["clip"][3])
        body.send_keys("r")
        driver.switch_to.active_element.send_keys('far, "quiet"', Keys.ENTER)
        (handle,) = driver.find_elements("css selector", ".edge.right")
        width = session.js("return document.getElementById('stage').getBoundingClientRect().width")
        ActionChains(driver).drag_and_drop_by_offset(handle, round(width / 5), 0).perform()
        session.press("y")
        session.press(Keys.ARROW_RIGHT)
        assert session.asked() == rows["clip"][5]
        session.sent()
    found = table(folder)
    assert found["verdict"].tolist()[:6] == ["yes", "yes", "yes", "yes", "", ""]
    assert found["species"].tolist()[:4] == ["wren", "wren", "new bird", "owl"]
    assert found["asked"].tolist()[:4] == ["wren", "owl", "wren", "owl"]
    assert found["remark"][3] == 'far, "quiet"'
    assert float(found["offset_s"][3]) == pytest.approx(float(rows["offset_s"][3]) + 0.5, abs=0.02)
    assert (found["onset_s"] == rows["onset_s"]).all()
    assert (found["low_hz"] == rows["low_hz"]).all()


def test_what_a_spreadsheet_said_meanwhile_is_shown_and_stays(driver: Any, folder: Path) -> None:
    with serving(folder) as address:
        session = Session(driver, address)
        first = session.asked()
        typed = pd.read_csv(review_table(folder), dtype=str, keep_default_na=False)
        typed.loc[typed["clip"] == first, "verdict"] = "No"
        typed.to_csv(review_table(folder), index=False)
        session.until(lambda: session.asked() != first)
        assert session.js("return byClip.get(arguments[0]).row.verdict", first) == "no"
        session.press("y")
        session.sent()
    assert dict(list(in_table(folder).items())[:2]) == {first: "No", table(folder)["clip"][1]: "yes"}


def test_filters_and_order_choose_what_is_asked(driver: Any, folder: Path) -> None:
    session = Session(driver, review_page(folder).as_uri())
    change = (
        "const one = document.getElementById(arguments[0]); one.value = arguments[1];"
        "one.dispatchEvent(new Event('change'));"
    )
    rows = table(folder)
    owls = rows[(rows["asked"] == "owl") & (rows["why"] == "random")]
    for control, value in (("by-species", "owl"), ("by-why", "random"), ("by-order", "highest")):
        session.js(change, control, value)
    assert session.asked() == owls.loc[owls["probability"].astype(float).idxmax(), "clip"]
    assert session.js("return queue.progress.all") == len(owls)
    session.press("n")
    session.js(change, "by-state", "no")
    assert session.asked() == owls.loc[owls["probability"].astype(float).idxmax(), "clip"]


def test_half_speed_and_the_line_follow_the_sound(driver: Any, folder: Path) -> None:
    session = Session(driver, review_page(folder).as_uri())
    session.press("y")
    driver.find_element("css selector", "body").send_keys("s")
    session.until(lambda: session.js("return sound.source?.playbackRate.value") == 0.5)
    session.until(lambda: session.js("return parseFloat(document.querySelector('#stage .head').style.left)") > 3)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_a_phone_and_a_desk(driver: Any, folder: Path, width: int) -> None:
    session = Session(driver, review_page(folder).as_uri())
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 780, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    try:
        assert session.js("return document.documentElement.scrollWidth <= innerWidth")
        box = "const one = document.querySelector(arguments[0]).getBoundingClientRect(); return [one.top, one.bottom]"
        assert session.js(box, ".answer.yes")[1] <= 780
        assert session.js(box, "#stage img")[0] >= 0
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# Who may ask.


def asks(address: str, path: str, headers: dict[str, str], body: bytes | None = None) -> int:
    request = urllib.request.Request(address + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_only_the_servers_own_page_may_ask(folder: Path) -> None:
    clip = table(folder)["clip"][0]
    verdict = {"clip": clip, "verdict": "no", "species": "owl", "decided": "2026-01-02T03:04:05.000Z"}
    body = json.dumps({"verdicts": [verdict]}).encode()
    with serving(folder) as address:
        host = address.removeprefix("http://").rstrip("/")
        with urllib.request.urlopen(address + "state", timeout=WAIT_S) as answer:
            token = json.load(answer)["token"]
        own = {"X-Canopy-Token": token, "Content-Type": "application/json"}
        assert asks(address, "state", {"Host": "evil.example:80"}) == 403
        assert asks(address, "state", {"Origin": "http://evil.example"}) == 403
        assert asks(address, "state", {"Sec-Fetch-Site": "cross-site"}) == 403
        assert asks(address, "verdicts", {**own, "Origin": "http://evil.example"}, body) == 403
        assert asks(address, "verdicts", {"Content-Type": "text/plain"}, body) == 403
        assert asks(address, "verdicts", {**own, "X-Canopy-Token": "guess"}, body) == 403
        assert asks(address, "verdicts", own, b"[1, 2") == 400
        assert asks(address, "../review-new-abc123.csv", {}) == 404
        assert in_table(folder) == {}
        assert asks(address, "verdicts", {**own, "Origin": f"http://{host}"}, body) == 200
        assert in_table(folder) == {clip: "no"}
        assert address.startswith("http://127.0.0.1:")
