// One detection: spectrogram, boxes, framewise curves, and its sound.
const KINDS = {
  best: ["Best", "confirmed boxes that score highest"],
  worst: ["Worst", "confirmed boxes that score lowest"],
  false: ["False alarms", "highest scores where the species was refuted, or reviewed and not found"],
  unmarked: ["Unmarked", "highest scores where nobody has marked the species: calls that were not listed, or false alarms"],
};
const TRUTHS = { confirmed: "confirmed", refuted: "refuted", absent: "not there", unmarked: "unmarked" };

// What a clip is at a threshold: [class, words].
function verdict(clip, threshold) {
  const found = clip.score >= threshold;
  if (clip.truth === "confirmed") return found ? ["right", "found"] : ["wrong", "missed"];
  if (clip.truth === "unmarked") return ["unknown", found ? "listen" : "below threshold"];
  return found ? ["wrong", "false alarm"] : ["right", "rejected"];
}

const player = new Audio();
player.preload = "auto";
player.preservesPitch = false;
let playing = null;

function stop() {
  player.pause();
  if (playing) {
    playing.classList.remove("playing");
    playing.querySelector(".play").textContent = "Play";
  }
  playing = null;
}

function play(clip, card, fromShare = 0) {
  if (playing !== card) {
    stop();
    player.src = `data:audio/mpeg;base64,${clip.sound}`;
  }
  playing = card;
  card.classList.add("playing");
  card.querySelector(".play").textContent = "Stop";
  player.currentTime = fromShare * (clip.end - clip.start);
  player.defaultPlaybackRate = player.playbackRate = Number(byId("speed").value);
  player.play().catch((problem) => {
    if (problem.name === "AbortError") return;
    stop();
    byId("status").textContent = `The browser does not play this sound: ${problem.message}`;
  });
  requestAnimationFrame(function follow() {
    if (playing !== card) return;
    const share = Math.min(1, player.currentTime / (clip.end - clip.start));
    for (const head of card.querySelectorAll(".head")) head.style.left = `${100 * share}%`;
    requestAnimationFrame(follow);
  });
}
player.addEventListener("ended", stop);

function tracePath(curve, clip) {
  const width = clip.end - clip.start;
  let path = "";
  unpacked(curve.values).forEach((value, index) => {
    const x = (100 * (curve.first + index * curve.step - clip.start)) / width;
    path += `${index ? "L" : "M"}${x.toFixed(2)} ${(100 - value / 2.55).toFixed(1)}`;
  });
  return path;
}

function clipCard(clip, threshold) {
  const width = clip.end - clip.start;
  const x = (time) => (100 * (time - clip.start)) / width;
  const y = (hz) => 100 - (100 * Math.min(hz, clip.top)) / clip.top;
  const overlay = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  const labels = [];
  const box = (onset, offset, low, high, kind) => {
    const from = Math.max(onset, clip.start);
    const to = Math.min(offset, clip.end);
    overlay.append(
      svg("rect", { class: kind, x: x(from), width: Math.max(0.5, x(to) - x(from)), y: y(high), height: Math.max(1, y(low) - y(high)) }),
    );
  };
  for (const [species, onset, offset, low, high, confirmed] of clip.boxes) {
    if (species === clip.species && onset === clip.onset && offset === clip.offset && low === clip.low) continue;
    box(onset, offset, low ?? 0, high ?? clip.top, `other ${confirmed ? "" : "refuted"}`);
    const place = `left:${Math.max(0, x(onset))}%;bottom:calc(${100 - y(low ?? 0)}% + 1px)`;
    labels.push(html("span", { style: place }, confirmed ? species : `no ${species}`));
  }
  box(clip.onset, clip.offset, clip.low ?? 0, clip.high ?? clip.top, clip.truth);
  const khz = [0.25, 0.5, 0.75].map((share) =>
    html("span", { class: "khz", style: `bottom:calc(${100 * share}% - .4rem)` }, `${((clip.top * share) / 1000).toFixed(1)} kHz`),
  );
  const trace = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  trace.append(svg("rect", { class: "inside", x: x(clip.onset), width: x(clip.offset) - x(clip.onset), y: 0, height: 100 }));
  trace.append(svg("line", { class: "threshold", x1: 0, x2: 100, y1: 100 - 100 * threshold, y2: 100 - 100 * threshold }));
  if (clip.rival) trace.append(svg("path", { class: "rival", d: tracePath(clip.rival_curve, clip) }));
  trace.append(svg("path", { class: "own", d: tracePath(clip.curve, clip) }));
  const [judged, words] = verdict(clip, threshold);
  const where = `${clip.recording}, ${clip.onset.toFixed(1)} to ${clip.offset.toFixed(1)} s`;
  const about = `Spectrogram of ${clip.species}, ${TRUTHS[clip.truth]}, in ${where}; probability ${fixed(clip.score)}`;
  const button = html("button", { class: "play", type: "button", "aria-label": `Play ${clip.species} in ${where}` }, "Play");
  const stage = html(
    "div",
    { class: `stage ${clip.truth}` },
    html("img", { src: `data:image/jpeg;base64,${clip.picture}`, alt: about, decoding: "async" }),
    overlay,
    ...labels,
    ...khz,
    html("div", { class: "head" }),
  );
  const card = html(
    "article",
    { class: "clip", "data-species": clip.species, "data-fold": clip.fold, "data-score": clip.score, "data-kind": clip.kind, "data-verdict": judged },
    html(
      "header",
      {},
      html("b", {}, clip.species),
      html("span", { class: `tag ${clip.truth}` }, TRUTHS[clip.truth]),
      html("span", { class: `tag ${judged}` }, words),
      html("span", { class: "score", title: "highest framewise probability" }, fixed(clip.score)),
    ),
    stage,
    html("div", { class: `trace ${clip.truth}` }, trace, html("div", { class: "head" })),
    html("div", { class: "ends" }, html("span", {}, `${clip.start.toFixed(1)} s`), html("span", {}, clip.rival ? `dashed: ${clip.rival}` : ""), html("span", {}, `${clip.end.toFixed(1)} s`)),
    html("footer", {}, button, html("span", {}, `${where}, fold ${clip.fold}`)),
  );
  button.addEventListener("click", () => (playing === card ? stop() : play(clip, card)));
  stage.addEventListener("click", (event) => {
    const bounds = stage.getBoundingClientRect();
    play(clip, card, (event.clientX - bounds.left) / bounds.width);
  });
  return card;
}
