// A person's session: a clip, a key, the next clip.
const AHEAD = 4;
const ANSWERS = { y: "yes", n: "no", u: "unsure" };
const review = { clip: null, box: null, shownAt: 0, steps: [] };
const state = (clip) => current(clip);

function mark(clip, box, verdict, species) {
  const was = state(clip);
  const { verdict: said, species: named, remark, box: stood, at } = was;
  const known = keep.get(clip.clip);
  const now = Date.now();
  const newest = [known?.decided, clip.row.decided].filter((one) => DATED.test(one ?? "")).map(Date.parse);
  keep.put(clip.clip, {
    verdict,
    species: species ?? (verdict === "yes" && said === "yes" ? named : clip.asked),
    remark: byId("remark").value.trim(),
    box: [...box],
    decided: new Date(Math.max(now, ...newest.map((one) => one + 1))).toISOString(),
    before: clip.row.said,
    at: now,
    history: [...(known?.history ?? []), { verdict: said, species: named, remark, box: stood, at: at ?? 0 }].slice(-20),
  });
  server.sync();
}

function decide(verdict, species) {
  const { clip, box } = review;
  if (!clip) return;
  mark(clip, box, verdict, species);
  queue.count(Date.now());
  show(queue.after(clip)[0] ?? (queue.fits(clip) ? clip : null));
}

// The box or the remark of a clip that has a verdict was changed.
function markAgain() {
  const { clip, box } = review;
  const { verdict, species } = clip ? state(clip) : { verdict: "" };
  if (verdict) mark(clip, box, verdict, species);
  update();
}

function undo() {
  const judged = data.clips.filter((clip) => keep.get(clip.clip)?.history?.length && state(clip) === keep.get(clip.clip));
  const clip = judged.sort((a, b) => keep.get(b.clip).at - keep.get(a.clip).at)[0];
  if (!clip) return say("There is no verdict to take back.");
  const { history, decided } = keep.get(clip.clip);
  const before = history.at(-1);
  const next = new Date(Math.max(Date.now(), Date.parse(decided) + 1)).toISOString();
  keep.put(clip.clip, { ...before, decided: next, before: clip.row.said, history: history.slice(0, -1) });
  server.sync();
  show(clip);
}

function show(clip) {
  const begun = performance.now();
  sound.stop();
  review.clip = clip;
  byId("clip").hidden = byId("answers").hidden = byId("quick").hidden = byId("asked").hidden = !clip;
  byId("empty").hidden = Boolean(clip);
  naming(false);
  if (clip) {
    const { verdict, species, remark, box } = state(clip);
    review.box = [...box];
    byId("remark").value = remark;
    showStage(clip, review.box, markAgain);
    const tag = verdict ? html("span", { class: `tag ${verdict}` }, verdict === "yes" && species !== clip.asked ? species : verdict) : "";
    const named = clip.probability === null ? "similarity" : "probability";
    const chance = clip[named] === null ? "" : `${named} ${fixed(clip[named], 2)}, `;
    byId("asked").replaceChildren(html("b", {}, `${clip.asked}?`), tag, html("small", {}, `${chance}${clip.why}`));
    const listed = [clip, ...queue.after(clip).slice(0, AHEAD)];
    sound.play(clip);
    picture(clip).ready.then(() =>
      requestAnimationFrame(() => {
        review.shownAt = performance.now();
        review.steps.push({ clip: clip.clip, ms: review.shownAt - (review.pressed ?? begun), sound: sound.source !== null });
        review.pressed = null;
        setTimeout(() => {
          picturesAhead(listed);
          sound.ahead(listed);
        });
      }),
    );
  } else {
    byId("empty").textContent = data.clips.length ? "No clip is left that fits these filters." : "There are no clips.";
  }
  update();
}

function update() {
  const { done, all, left_ms } = queue.progress;
  byId("progress").max = Math.max(all, 1);
  byId("progress").value = done;
  byId("along").textContent = `${done} of ${all} judged${done < all ? leftText(left_ms) : ""}`;
  const waiting = unsaved();
  byId("begin").hidden = mayPlay() || !review.clip;
  const filed = waiting.filter((clip) => keep.get(clip.clip).filed).length;
  const problem = keep.problem || server.problem;
  byId("notice").hidden = !problem;
  byId("notice").textContent = problem;
  byId("save").hidden = server.served && !server.problem;
  byId("save").disabled = !waiting.length;
  const only = waiting.length - filed;
  if (server.served) byId("saved").textContent = waiting.length ? `${waiting.length} not yet in the table.` : "All verdicts are in the table.";
  else if (!waiting.length) byId("saved").textContent = "All verdicts are in the table.";
  else byId("saved").textContent = [only ? `${only} only in this browser: save them.` : "", filed ? `${filed} in a saved file: run \u201csnakemake review\u201d again.` : ""].join(" ").trim();
}

function say(text) {
  byId("saved").textContent = text;
}

function naming(open) {
  byId("naming").hidden = !open;
  if (open) {
    sound.stop();
    byId("species").value = "";
    byId("species").focus();
  } else if (document.activeElement === byId("species")) byId("species").blur();
}

// Species by number: those that were named last come first.
function others() {
  const used = data.clips.map((clip) => keep.get(clip.clip)).filter((one) => one?.verdict === "yes").sort((a, b) => b.at - a.at);
  return [...new Set([...used.map((one) => one.species), ...data.species])].filter((name) => name !== review.clip?.asked).slice(0, 9);
}

function quick() {
  byId("quick").replaceChildren(
    ...others().map((name, at) => html("button", { type: "button", class: "button", "data-key": String(at + 1) }, html("kbd", {}, String(at + 1)), ` ${name}`)),
  );
}

function press(key) {
  const { clip } = review;
  if (key in ANSWERS) return decide(ANSWERS[key]);
  if (key === "Backspace" || key === "z") return undo();
  if (key === "d" && !byId("save").hidden && !byId("save").disabled) return save();
  if (!clip) return key === "ArrowLeft" ? show(queue.after(null, -1)[0] ?? null) : undefined;
  if (key >= "1" && key <= "9") return others()[key - 1] && decide("yes", others()[key - 1]);
  if (key === "o") return naming(true);
  if (key === " ") return sound.source ? sound.stop() : sound.play(clip);
  if (key === "r") return byId("remark").focus();
  if (key === "s") {
    const at = SPEEDS.findIndex(([value]) => value === byId("speed").value);
    byId("speed").value = SPEEDS[(at + 1) % SPEEDS.length][0];
    return sound.play(clip);
  }
  if (key === "ArrowRight") return show(queue.after(clip)[0] ?? clip);
  if (key === "ArrowLeft") return show(queue.after(clip, -1)[0] ?? clip);
}

function save() {
  download();
  update();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape" || (event.key === "Enter" && event.target.id === "remark")) {
      event.target.blur();
      naming(false);
    }
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.repeat && key !== "ArrowRight" && key !== "ArrowLeft") return;
  review.pressed = event.timeStamp;
  if ([" ", "Backspace", "ArrowLeft", "ArrowRight"].includes(key)) event.preventDefault();
  if (key === "o" || key === "r") event.preventDefault();
  press(key);
  quick();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-key]");
  if (!button) return;
  review.pressed = event.timeStamp;
  press(button.dataset.key);
  button.blur();
  quick();
});
byId("stage").addEventListener("click", (event) => {
  if (!review.clip || event.target.closest(".edge")) return;
  const bounds = byId("stage").getBoundingClientRect();
  sound.play(review.clip, within((event.clientX - bounds.left) / bounds.width, 0, 1));
});
byId("naming").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = byId("species").value.trim();
  if (/[;\p{C}]/u.test(name)) return say("A species\u2019 name holds no semicolon.");
  naming(false);
  if (name) decide("yes", name);
  quick();
});
byId("not-naming").addEventListener("click", () => naming(false));
byId("remark").addEventListener("change", markAgain);

options(byId("by-species"), [["", "all"], ...[...new Set(data.clips.map((clip) => clip.asked))].sort(inOrder).map((name) => [name, name])]);
options(byId("by-why"), [["", "all"], ...[...new Set(data.clips.map((clip) => clip.why))].map((name) => [name, name])]);
options(byId("by-state"), Object.entries(STATES));
options(byId("by-order"), Object.entries(ORDERS).map(([name, [text]]) => [name, text]));
options(byId("speed"), SPEEDS);
byId("species-list").append(...data.species.map((name) => html("option", { value: name })));
for (const name of ["species", "why", "state", "order"])
  byId(`by-${name}`).addEventListener("change", (event) => {
    queue.filter[name] = event.target.value;
    event.target.blur();
    show(queue.after(null)[0] ?? null);
  });
byId("speed").addEventListener("change", (event) => {
  event.target.blur();
  if (review.clip) sound.play(review.clip);
});
byId("how-saved").textContent = server.served
  ? "Each verdict goes to the table at once. Where it cannot, this browser keeps it and sends it again."
  : `This browser keeps each verdict at once. \u201cSave verdicts\u201d writes those that the table lacks to a file. Move it to reviews/${data.name}/ and run \u201csnakemake review\u201d again; or, once, let the command know where it is: \u2013\u2013config 'review={verdicts: FOLDER}'.`;

// What another tab, the server or a spreadsheet decided.
keep.changed = (clip, elsewhere) => {
  update();
  if (elsewhere && clip === review.clip?.clip) show(queue.fits(review.clip) ? review.clip : (queue.after(review.clip)[0] ?? null));
};
server.changed = (clips) => {
  const mine = review.clip?.clip;
  if (mine && clips.includes(mine) && !queue.fits(review.clip)) show(queue.after(review.clip)[0] ?? null);
  else update();
};
keep.open().then(async () => {
  await server.sync();
  const first = queue.after(null)[0] ?? null;
  if (first) await Promise.all([picture(first).ready, sound.decode(first)]);
  show(first);
  quick();
  document.body.dataset.ready = "true";
  if (server.served) setInterval(() => server.sync(), AGAIN_MS);
});
