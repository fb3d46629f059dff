// Species to choose from, what is known of the chosen one, and the list of detections with its filters.
const state = { species: "", fold: "", kind: "", verdict: "", low: 0, high: 1, sort: "mistakes", threshold: 0.5, shown: 24 };
const PAGE = 24;
const KIND_ORDER = Object.keys(KINDS);
const place = new Map(data.species.map((species, number) => [species.name, number]));
const mistake = (clip) => (clip.truth === "confirmed" ? 1 - clip.score : clip.truth === "unmarked" ? clip.score / 2 : clip.score);
const SORTS = {
  mistakes: ["worst mistakes first", (a, b) => mistake(b) - mistake(a)],
  kind: ["best, worst, false alarms, unmarked", (a, b) => KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) || place.get(a.species) - place.get(b.species) || a.rank - b.rank],
  highest: ["highest score first", (a, b) => b.score - a.score],
  lowest: ["lowest score first", (a, b) => a.score - b.score],
  species: ["species", (a, b) => place.get(a.species) - place.get(b.species) || b.score - a.score],
  recording: ["recording", (a, b) => inOrder(a.recording, b.recording) || a.onset - b.onset],
};

function chosen() {
  return data.clips
    .filter(
      (clip) =>
        (!state.species || clip.species === state.species) &&
        (state.fold === "" || clip.fold === Number(state.fold)) &&
        (!state.kind || clip.kind === state.kind) &&
        (!state.verdict || verdict(clip, state.threshold)[0] === state.verdict) &&
        clip.score >= state.low &&
        clip.score <= state.high,
    )
    .sort(SORTS[state.sort][1]);
}

function showClips() {
  stop();
  const clips = chosen();
  const shown = clips.slice(0, state.shown);
  const list = byId("clips");
  const made = [];
  shown.forEach((clip, index) => {
    if (state.sort === "kind" && (!index || shown[index - 1].kind !== clip.kind)) {
      const [title, about] = KINDS[clip.kind];
      made.push(html("h3", {}, title, " ", html("small", {}, about)));
    }
    made.push(clipCard(clip, state.threshold));
  });
  list.replaceChildren(...made);
  byId("status").textContent = clips.length
    ? `${shown.length} of ${clips.length} detections shown${clips.length < data.clips.length ? `; ${data.clips.length} in all` : ""}.`
    : "No detection fits these filters.";
  byId("more").hidden = shown.length === clips.length;
}

function showSpecies() {
  for (const card of byId("cards").children) card.setAttribute("aria-pressed", String(card.dataset.species === state.species));
  const species = data.species[place.get(state.species)];
  const panel = byId("species-panel");
  panel.hidden = !species;
  if (species) panel.replaceChildren(...speciesPanel(species, state.threshold, use));
}

function use(threshold) {
  state.threshold = threshold;
  update();
}

let waiting = false;
function update() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    showSpecies();
    if (!byId("filters")) return;
    for (const name of ["species", "fold", "kind", "verdict", "sort", "low", "high", "threshold"]) byId(`by-${name}`).value = state[name];
    byId("threshold-value").textContent = state.threshold.toFixed(2);
    showClips();
  });
}

function choose(name) {
  Object.assign(state, { species: name, sort: name ? "kind" : "mistakes", shown: PAGE });
  update();
}

if (byId("filters")) {
  options(byId("by-species"), [["", "all"], ...data.species.map(({ name }) => [name, name])]);
  options(byId("by-fold"), [["", "all"], ...Array.from({ length: data.folds }, (_, fold) => [String(fold), String(fold)])]);
  options(byId("by-kind"), [["", "all"], ...KIND_ORDER.map((kind) => [kind, KINDS[kind][0].toLowerCase()])]);
  options(byId("by-sort"), Object.entries(SORTS).map(([name, [text]]) => [name, text]));
  byId("by-species").addEventListener("change", (event) => choose(event.target.value));
  for (const name of ["fold", "kind", "verdict", "sort"])
    byId(`by-${name}`).addEventListener("change", (event) => {
      state[name] = event.target.value;
      state.shown = PAGE;
      update();
    });
  for (const [name, fallback] of [["low", 0], ["high", 1], ["threshold", 0.5]])
    byId(`by-${name}`).addEventListener(name === "threshold" ? "input" : "change", (event) => {
      const value = event.target.valueAsNumber;
      state[name] = Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : fallback;
      state.shown = PAGE;
      update();
    });
  byId("reset").addEventListener("click", () => {
    Object.assign(state, { species: "", fold: "", kind: "", verdict: "", low: 0, high: 1, sort: "mistakes", threshold: 0.5, shown: PAGE });
    update();
  });
  byId("more").addEventListener("click", () => {
    const first = state.shown;
    state.shown += PAGE;
    showClips();
    byId("clips").querySelectorAll(".play")[first]?.focus();
  });
  byId("clips").addEventListener("keydown", (event) => {
    if (!event.target.classList.contains("play")) return;
    const buttons = [...byId("clips").querySelectorAll(".play")];
    const at = buttons.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[Math.min(Math.max(to, 0), buttons.length - 1)].focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop();
  });
}
byId("cards").append(...data.species.map((species) => speciesCard(species, () => choose(state.species === species.name ? "" : species.name))));
update();
