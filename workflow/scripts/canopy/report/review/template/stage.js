// A clip's picture with its box, whose edges can be dragged, and its score curve.
const pictures = new Map();
const LEAST_S = 0.02;
const EDGES = { left: 0, right: 1, bottom: 2, top: 3 };

function picture(clip) {
  if (!pictures.has(clip.clip)) {
    const image = new Image();
    image.alt = `Spectrogram: is it ${clip.asked}?`;
    image.draggable = false;
    if (clip.picture) image.src = `data:image/jpeg;base64,${clip.picture}`;
    image.ready = clip.picture ? image.decode().catch(() => {}) : Promise.resolve();
    pictures.set(clip.clip, image);
  }
  return pictures.get(clip.clip);
}

function picturesAhead(clips) {
  const wanted = new Set(clips.map((clip) => clip.clip));
  for (const name of pictures.keys()) if (!wanted.has(name)) pictures.delete(name);
  return Promise.all(clips.map((clip) => picture(clip).ready));
}

const within = (value, low, high) => Math.min(high, Math.max(low, value));

// The box in shares of the picture: [left, right, bottom, top], times to the right and frequencies upwards.
function shares(clip, box) {
  const [onset, offset, low, high] = box;
  const across = (time, fallback) => (time === null ? fallback : within((time - clip.start) / clip.duration, 0, 1));
  const upward = (hz, fallback) => (hz === null ? fallback : within(hz / clip.top, 0, 1));
  return [across(onset, 0), across(offset, 1), upward(low, 0), upward(high, 1)];
}

function moved(clip, box, edge, share) {
  const next = [...box];
  const at = EDGES[edge];
  const [left, right, bottom, top] = shares(clip, box);
  const gap = at < 2 ? LEAST_S / clip.duration : 0.02;
  const kept = { left: within(share, 0, right - gap), right: within(share, left + gap, 1), bottom: within(share, 0, top - gap), top: within(share, bottom + gap, 1) }[edge];
  next[at] = at < 2 ? Number((clip.start + kept * clip.duration).toFixed(4)) : Number((kept * clip.top).toFixed(1));
  return next;
}

function drawBox(clip, box) {
  const [left, right, bottom, top] = shares(clip, box);
  const frame = byId("box");
  Object.assign(frame.style, { left: `${100 * left}%`, width: `${100 * (right - left)}%`, bottom: `${100 * bottom}%`, height: `${100 * (top - bottom)}%` });
  const inside = byId("inside");
  inside.setAttribute("x", 100 * left);
  inside.setAttribute("width", 100 * (right - left));
}

function edge(name, clip, box, changed) {
  const handle = html("i", { class: `edge ${name}`, "data-edge": name });
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    event.stopPropagation();
    handle.setPointerCapture(event.pointerId);
    const bounds = byId("stage").getBoundingClientRect();
    const move = (moving) => {
      const share = EDGES[name] < 2 ? (moving.clientX - bounds.left) / bounds.width : 1 - (moving.clientY - bounds.top) / bounds.height;
      box.splice(0, 4, ...moved(clip, box, name, share));
      drawBox(clip, box);
    };
    handle.addEventListener("pointermove", move);
    const end = () => {
      handle.removeEventListener("pointermove", move);
      changed(box);
    };
    handle.addEventListener("pointerup", end, { once: true });
    handle.addEventListener("pointercancel", end, { once: true });
  });
  return handle;
}

function showStage(clip, box, changed) {
  const stage = byId("stage");
  const head = () => html("div", { class: "head" });
  const khz = [0.25, 0.5, 0.75].map((share) =>
    html("span", { class: "khz", style: `bottom:calc(${100 * share}% - .4rem)` }, `${((clip.top * share) / 1000).toFixed(1)} kHz`),
  );
  const frame = html("div", { class: "box", id: "box" }, ...Object.keys(EDGES).map((name) => edge(name, clip, box, changed)));
  const shown = clip.problem ? html("p", { class: "problem" }, `No picture and no sound: ${clip.problem}.`) : picture(clip);
  stage.replaceChildren(shown, ...(clip.problem ? [] : [frame, ...khz]), head());
  const trace = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  trace.append(svg("rect", { class: "inside", id: "inside", y: 0, height: 100 }));
  if (clip.curve) {
    let path = "";
    unpacked(clip.curve.values).forEach((value, at) => {
      const x = (100 * (clip.curve.first + at * clip.curve.step)) / clip.duration;
      path += `${at ? "L" : "M"}${x.toFixed(2)} ${(100 - value / 2.55).toFixed(1)}`;
    });
    trace.append(svg("path", { class: "own", d: path }));
  }
  byId("trace").replaceChildren(trace, head());
  const times = clip.problem ? [] : [clip.start, clip.start + clip.duration].map((time) => html("span", {}, `${time.toFixed(1)} s`));
  times.splice(1, 0, html("span", {}, clip.recording + (clip.slowed > 1 ? `, ${clip.slowed} times slower` : "")));
  byId("ends").replaceChildren(...times);
  if (!clip.problem) drawBox(clip, box);
}
