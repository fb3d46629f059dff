"""The report in a real browser: it loads in silence and without the network, plays, filters, and tells the truth.

Debian's Chromium, driven by Selenium through its own chromedriver (`apt install chromium chromium-driver`). What the
browser does is compared with the tables that the page was made from.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from browsing import browser
from canopy.evaluation.metrics.boxes import box_scores
from canopy.inference.framewise import read_framewise
from report_tree import N_FOLDS, RATE_HZ, SPECIES, Tree, add_calibration, make_tree

pytestmark = pytest.mark.browser

WAIT_S = 15


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = make_tree(tmp_path_factory.mktemp("a report") / "results")
    tree.report()
    return tree


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """Start the browser, or skip: it writes down its console and what it asks the network for."""
    with browser() as started:
        yield started


class Seen:
    """A page in the browser."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        driver.get(address)

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> Any:
        (found,) = self.all(selector)
        return found

    def click(self, control: Any) -> None:
        """Bring a control to the middle of the window, where nothing covers it, and click."""
        self.js("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", control)
        control.click()
        self.drawn()

    def text(self, selector: str) -> list[str]:
        return self.js("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector)

    def set(self, name: str, value: str) -> None:
        """Give a control its value as a person does: it tells those who listen."""
        self.js(
            "const control = document.getElementById(arguments[0]); control.value = arguments[1];"
            "for (const kind of ['input', 'change']) control.dispatchEvent(new Event(kind, { bubbles: true }));",
            name,
            value,
        )
        self.drawn()

    def drawn(self) -> None:
        """Wait until the page has drawn what it was asked for."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));"
        )

    def until(self, condition: Callable[[], Any]) -> Any:
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, WAIT_S, poll_frequency=0.05).until(lambda _: condition())

    def press(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def clips(self) -> pd.DataFrame:
        rows = self.js("return [...document.querySelectorAll('.clip')].map((one) => ({ ...one.dataset }))")
        table = pd.DataFrame(rows, columns=["species", "fold", "score", "kind", "verdict"])
        return table.astype({"fold": int, "score": float})

    def log(self, kind: str) -> list[dict[str, Any]]:
        return self.driver.get_log(kind)


@pytest.fixture
def seen(driver: Any, tree: Tree) -> Seen:
    driver.get("about:blank")
    for kind in ("browser", "performance"):
        driver.get_log(kind)
    return Seen(driver, (tree.folder / "report" / "index.html").as_uri())


def metrics_text(tree: Tree, subset: str, metric: str, species: str) -> str:
    table = tree.metrics("ensemble", subset)
    row = table[(table["metric"] == metric) & (table["species"] == species)].iloc[0]
    return f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def test_page_loads_without_complaint_and_asks_the_network_for_nothing(seen: Seen, tree: Tree) -> None:
    seen.click(seen.one("#by-species"))
    for card in seen.all("#cards button"):
        seen.click(card)
    seen.drawn()
    seen.click(seen.all(".play")[0])
    seen.until(lambda: seen.js("return player.currentTime > 0"))
    assert seen.log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in seen.log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    page = (tree.folder / "report" / "index.html").as_uri()
    assert page in asked
    assert [address[:80] for address in asked if address != page and not address.startswith("data:")] == []


def test_the_security_policy_would_stop_a_request(seen: Seen) -> None:
    seen.js("const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);")
    complaints = seen.until(lambda: [entry["message"] for entry in seen.log("browser")])
    assert any("Content Security Policy" in text for text in complaints)


def test_sound_plays_moves_the_line_and_ends(seen: Seen) -> None:
    card, button = seen.all(".clip")[0], seen.all(".clip .play")[0]
    seen.click(button)
    seen.until(lambda: seen.js("return player.currentTime > 0.2"))
    assert button.text == "Stop"
    assert "playing" in card.get_attribute("class")
    heads = "return [...arguments[0].querySelectorAll('.head')].map((one) => parseFloat(one.style.left))"
    left = seen.js(heads, card)
    assert len(left) == 2
    assert all(0 < share < 100 for share in left)
    seen.js("player.currentTime = player.duration - 0.05")
    seen.until(lambda: button.text == "Play")
    assert "playing" not in card.get_attribute("class")
    assert seen.js("return player.error") is None


def test_one_sound_at_a_time_and_escape_stops_it(seen: Seen) -> None:
    first, second = seen.all(".clip .play")[:2]
    seen.click(first)
    seen.click(second)
    seen.until(lambda: seen.js("return player.currentTime > 0"))
    assert (first.text, second.text) == ("Play", "Stop")
    seen.press("\ue00c")
    assert second.text == "Play"
    assert seen.js("return player.paused")


def test_half_speed_halves_the_speed(seen: Seen) -> None:
    seen.set("speed", "0.5")
    seen.click(seen.all(".clip .play")[0])
    seen.until(lambda: seen.js("return player.currentTime > 0"))
    assert seen.js("return [player.playbackRate, player.preservesPitch]") == [0.5, False]


def test_the_browser_hears_the_call_where_the_box_is(seen: Seen, tree: Tree) -> None:
    """Each confirmed box of the made-up recordings holds a pure tone at its middle frequency, and silence around it."""
    seen.driver.set_script_timeout(WAIT_S)
    heard = seen.driver.execute_async_script(
        """const [rate, done] = arguments;
        const clip = data.clips.find(({ truth, kind }) => truth === "confirmed" && kind === "best");
        const { sound, picture, ...rest } = clip;
        new OfflineAudioContext(1, 1, rate).decodeAudioData(unpacked(sound).buffer).then((heard) =>
          done({ ...rest, length: heard.duration, samples: [...heard.getChannelData(0)] }));""",
        RATE_HZ,
    )
    samples = np.array(heard["samples"])
    assert heard["length"] == pytest.approx(heard["end"] - heard["start"], abs=0.01)
    onset, offset = (round((heard[edge] - heard["start"]) * RATE_HZ) for edge in ("onset", "offset"))
    inside = samples[onset:offset]
    spectrum = np.abs(np.fft.rfft(inside * np.hanning(len(inside))))
    assert np.argmax(spectrum) * RATE_HZ / len(inside) == pytest.approx((heard["low"] + heard["high"]) / 2, abs=5)
    others = [box for box in heard["boxes"] if box[5] and box[1] != heard["onset"]]
    free = np.ones(len(samples), dtype=bool)
    for start, end in [(heard["onset"], heard["offset"]), *((box[1], box[2]) for box in others)]:
        free[
            max(0, round((start - heard["start"] - 0.1) * RATE_HZ)) : round((end - heard["start"] + 0.1) * RATE_HZ)
        ] = False
    assert np.sqrt(np.mean(inside**2)) > 10 * np.sqrt(np.mean(samples[free] ** 2))


@pytest.mark.parametrize(
    ("control", "value", "column"),
    [("species", "s2", "species"), ("fold", "1", "fold"), ("kind", "worst", "kind"), ("verdict", "wrong", "verdict")],
)
def test_filters_show_what_they_name_and_all_of_it(seen: Seen, control: str, value: str, column: str) -> None:
    seen.js("state.shown = 1000; update()")
    seen.drawn()
    everything = seen.clips()
    seen.set(f"by-{control}", value)
    seen.js("state.shown = 1000; update()")
    seen.drawn()
    expected = everything[everything[column].astype(str) == value]
    assert 0 < len(expected) < len(everything)
    found = seen.clips()
    order = list(found.columns)
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True)
    )
    assert f"of {len(expected)} detections shown; {len(everything)} in all." in seen.text("#status")[0]


def test_scores_are_filtered_and_sorted(seen: Seen) -> None:
    seen.set("by-low", "0.3")
    seen.set("by-high", "0.8")
    seen.set("by-sort", "highest")
    scores = seen.clips()["score"]
    assert len(scores)
    assert scores.between(0.3, 0.8).all()
    assert scores.is_monotonic_decreasing
    seen.set("by-sort", "lowest")
    assert seen.clips()["score"].is_monotonic_increasing


def test_the_threshold_decides_what_is_right(seen: Seen) -> None:
    seen.js("state.shown = 1000; update()")
    for threshold in (0.2, 0.6):
        seen.set("by-threshold", str(threshold))
        assert seen.text("#threshold-value") == [f"{threshold:.2f}"]
        clips = seen.clips()
        truth = clips["kind"].map({"best": True, "worst": True, "false": False})
        judged = clips[truth.notna()]
        right = (judged["score"] >= threshold) == truth[truth.notna()].astype(bool)
        assert (judged["verdict"] == np.where(right, "right", "wrong")).all()
        assert (clips.loc[truth.isna(), "verdict"] == "unknown").all()


def test_nothing_that_fits_is_said(seen: Seen) -> None:
    seen.set("by-low", "1")
    seen.set("by-high", "0")
    assert seen.text("#status") == ["No detection fits these filters."]
    seen.click(seen.one("#reset"))
    seen.drawn()
    assert len(seen.clips())


def test_more_are_shown_on_demand(seen: Seen) -> None:
    n_all = seen.js("return data.clips.length")
    assert n_all > 24
    assert len(seen.clips()) == 24
    seen.click(seen.one("#more"))
    assert len(seen.clips()) == min(n_all, 48)
    assert seen.js("return [...document.querySelectorAll('.play')].indexOf(document.activeElement)") == 24


def test_keyboard_alone_reaches_plays_and_moves(seen: Seen) -> None:
    from selenium.webdriver.common.keys import Keys

    seen.js("document.getElementById('reset').focus()")
    seen.press(Keys.TAB)
    place = "return [...document.querySelectorAll('.play')].indexOf(document.activeElement)"
    assert seen.js(place) == 0
    seen.press(Keys.ARROW_RIGHT)
    seen.press(Keys.ARROW_RIGHT)
    assert seen.js(place) == 2
    seen.press(Keys.ARROW_LEFT)
    assert seen.js(place) == 1
    seen.press(Keys.SPACE)
    seen.until(lambda: seen.js("return playing && player.currentTime > 0"))
    assert seen.js("return playing === document.activeElement.closest('.clip')")
    seen.press(Keys.ESCAPE)
    assert seen.js("return playing") is None
    seen.press(Keys.END)
    assert seen.js(place) == len(seen.clips()) - 1


def test_a_species_is_chosen_by_keyboard_and_shown_with_its_numbers(seen: Seen, tree: Tree) -> None:
    from selenium.webdriver.common.keys import Keys

    for name in SPECIES[:2]:
        card = next(one for one in seen.all("#cards button") if one.get_attribute("data-species") == name)
        seen.js("arguments[0].focus()", card)
        seen.press(Keys.ENTER)
        seen.drawn()
        assert card.get_attribute("aria-pressed") == "true"
        panel = seen.one("#species-panel").text
        assert panel.startswith(name)
        assert f"Boxes, out of fold: AP {metrics_text(tree, 'oof', 'box_average_precision', name)}" in panel
        assert f"Recordings, test: AP {metrics_text(tree, 'test', 'average_precision', name)}" in panel
        assert f"LWLRAP out of fold {metrics_text(tree, 'oof', 'lwlrap', name)}" in panel
        assert set(seen.clips()["species"]) == {name}
        assert seen.text("#clips > h3 small")[0] == "confirmed boxes that score highest"


def test_precision_and_recall_at_the_threshold_are_those_of_the_boxes(seen: Seen, tree: Tree) -> None:
    boxes = pd.read_csv(tree.options["annotations"])
    framewise = read_framewise(tree.folder / "ensemble/oof/framewise.npy")
    mine = boxes[boxes["species"] == "s1"]
    probability = 1 / (1 + np.exp(-box_scores(mine, framewise, SPECIES)))
    seen.set("by-species", "s1")
    for threshold in (0.25, 0.4):
        seen.set("by-threshold", str(threshold))
        hit = probability >= threshold
        right = mine["polarity"].to_numpy() > 0
        precision, recall = (hit & right).sum() / hit.sum(), (hit & right).sum() / right.sum()
        expected = f"At threshold {threshold:.2f}: precision {precision:.3f}, recall {recall:.3f}"
        assert seen.text("#reading")[0].startswith(expected)


def test_scores_on_the_cards_are_those_of_the_framewise_table(seen: Seen, tree: Tree) -> None:
    framewise = read_framewise(tree.folder / "ensemble/oof/framewise.npy")
    boxes = pd.read_csv(tree.options["annotations"])
    folds = pd.read_csv(tree.options["folds"]).set_index("recording_id")["fold"]
    clips = seen.js("return data.clips.map(({ picture, sound, curve, rival_curve, ...rest }) => rest)")
    for clip in clips:
        assert clip["fold"] == folds[clip["recording"]]
        if clip["truth"] == "unmarked":
            continue
        found = boxes[
            (boxes["recording_id"] == clip["recording"])
            & (boxes["species"] == clip["species"])
            & (boxes["onset_s"] == clip["onset"])
        ]
        assert len(found) == 1
        assert clip["truth"] == ("confirmed" if found["polarity"].iloc[0] > 0 else "refuted")
        logit = box_scores(found, framewise, SPECIES)[0]
        assert clip["score"] == pytest.approx(1 / (1 + np.exp(-logit)))
    shown = seen.text(".clip .score")
    assert shown == [f"{score:.3f}" for score in seen.clips()["score"]]


def test_a_name_that_looks_like_markup_is_text(seen: Seen) -> None:
    seen.set("by-species", SPECIES[3])
    assert set(seen.clips()["species"]) == {SPECIES[3]}
    assert seen.text("#species-panel h3") == [SPECIES[3]]
    assert seen.js("return document.querySelectorAll('script').length") == 2


def test_tables_are_sorted_by_their_titles(seen: Seen, tree: Tree) -> None:
    title = next(one for one in seen.all("#species-scores thead button") if one.text == "Out-of-fold LWLRAP")
    seen.click(title)
    table = tree.metrics("ensemble", "oof")
    table = table[(table["metric"] == "lwlrap") & (table["species"] != "")]
    expected = table.sort_values("value", ascending=False)["species"].tolist()
    assert seen.text("#species-scores tbody th") == expected
    seen.click(title)
    assert seen.text("#species-scores tbody th") == expected[::-1]


def test_recordings_are_searched_filtered_and_sorted(seen: Seen, tree: Tree) -> None:
    names = "#recordings-table tbody th"
    folds = pd.read_csv(tree.options["folds"])
    assert seen.text(names) == folds["recording_id"].tolist()
    seen.set("recordings-fold", "2")
    assert seen.text(names) == folds.loc[folds["fold"] == 2, "recording_id"].tolist()
    assert seen.text("#recordings-status") == [f"{len(folds) // N_FOLDS} of {len(folds) // N_FOLDS} recordings shown."]
    seen.set("recordings-text", "r1")
    assert all(name.startswith("r1") for name in seen.text(names))
    seen.set("recordings-text", "")
    seen.set("recordings-fold", "")
    seen.click(next(one for one in seen.all("#recordings-table thead button") if one.text == "LRAP"))
    values = [float(text) for text in seen.text("#recordings-table tbody td:nth-child(4)")]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(seen: Seen, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    seen.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        seen.set("by-species", "s1")
        assert seen.js("return document.documentElement.scrollWidth") <= width
        assert (
            seen.js("return Math.min(...[...document.querySelectorAll('.play')].map((one) => one.offsetHeight))") >= 36
        )
    finally:
        seen.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_dark_and_light_follow_the_system_and_the_button(seen: Seen) -> None:
    def ground() -> float:
        colour = seen.js("return getComputedStyle(document.body).backgroundColor")
        return float(np.mean([int(part) for part in colour[4:-1].split(",")]))

    def system(scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        seen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        seen.drawn()

    try:
        system("light")
        assert ground() > 200
        system("dark")
        assert ground() < 60
        seen.click(seen.one("#theme"))
        assert ground() > 200
    finally:
        seen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_every_control_has_a_name_for_those_who_cannot_see(seen: Seen) -> None:
    nameless = seen.js(
        "return [...document.querySelectorAll('button, select, input')].filter((one) =>"
        "!(one.labels?.length || one.textContent.trim() || one.ariaLabel)).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert nameless == []
    assert seen.js("return [...document.images].every((one) => one.alt.length > 30)")


def test_calibrated_probabilities_and_thresholds_are_those_of_the_tables(driver: Any, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "results")
    add_calibration(tree)
    tree.report()
    driver.get_log("browser")
    seen = Seen(driver, (tree.folder / "report" / "index.html").as_uri())
    assert "before 0.125 [0.020, 0.200], after 0.031 [0.020, 0.200]" in seen.text("#calibration-error")[0]
    framewise = read_framewise(tree.folder / "ensemble/oof/framewise.npy")
    boxes = pd.read_csv(tree.options["annotations"])
    for clip in seen.js("return data.clips.filter(({ truth }) => truth === 'confirmed')"):
        box = boxes[(boxes["recording_id"] == clip["recording"]) & (boxes["onset_s"] == clip["onset"])]
        logit = box_scores(box, framewise, SPECIES)[0]
        assert clip["score"] == pytest.approx(1 / (1 + np.exp(0.25 - 0.5 * logit)))
    seen.set("by-species", "s2")
    panel = seen.one("#species-panel")
    assert "0.900\n[0.600, 0.950] n=8" in panel.text
    assert "[0, 1.3] in 2.00 h" in panel.text
    assert "Calibrated by 6 confirmed and 4 refuted examples." in panel.text
    seen.click(panel.find_element("css selector", "td button"))
    assert seen.text("#threshold-value") == ["0.62"]
    assert seen.text("#reading")[0].startswith("At threshold 0.62")
    rows = [" ".join(row.text.split()) for row in seen.all("#comparisons-oof tbody tr")]
    assert rows == [
        "lwlrap mel_a mel_b +0.042 [+0.011, +0.070] n=18 mel_a",
        "lwlrap ensemble mel_a +0.010 [-0.020, +0.030] n=18 not told apart",
    ]
    assert "r01 (fold 1) is in r02 (fold 2), 2.0 s later" in seen.one("#findings").text
    assert "Checks of the data: 1 alarm, 0 warnings, 0 notes; see Recordings." in seen.one("#summary").text
    assert seen.log("browser") == []


def test_pictures_are_whole(seen: Seen) -> None:
    width, height, start, end, spread = seen.driver.execute_async_script(
        """const done = arguments[0];
        const image = document.querySelector(".stage img");
        const clip = data.clips.find(({ picture }) => image.src.endsWith(picture));
        image.decode().then(() => {
          const canvas = document.createElement("canvas");
          const pen = canvas.getContext("2d");
          pen.drawImage(image, 0, 0, 100, 100);
          const grey = pen.getImageData(0, 0, 100, 100).data.filter((_, at) => at % 4 === 0);
          done([image.naturalWidth, image.naturalHeight, clip.start, clip.end, Math.max(...grey) - Math.min(...grey)]);
        });"""
    )
    assert (width, height) == (round(100 * (end - start)), 128)
    assert spread > 200


def test_a_page_without_detections_says_so(driver: Any, tree: Tree, tmp_path: Path) -> None:
    bare = make_tree(tmp_path / "results")
    bare.report(n_detections=0)
    driver.get_log("browser")
    seen = Seen(driver, (bare.folder / "report" / "index.html").as_uri())
    assert "no detections were asked for" in seen.one("#detections").text
    seen.click(seen.all("#cards button")[0])
    seen.drawn()
    assert not seen.all(".clip")
    assert seen.log("browser") == []
