// Which clips are shown, in which order, and how long the rest will take.
const STATES = { waiting: "to be judged", yes: "yes", no: "no", unsure: "unsure", all: "all" };
const likely = (clip) => clip.probability ?? clip.similarity ?? 0;
const ORDERS = {
  table: ["as drawn", () => 0],
  highest: ["most probable first", (a, b) => likely(b) - likely(a)],
  lowest: ["least probable first", (a, b) => likely(a) - likely(b)],
  recording: ["recording", (a, b) => inOrder(a.recording, b.recording) || a.start - b.start],
};
const SLOWEST_MS = 60000;
const MEASURED = 20;

const queue = {
  filter: { species: "", why: "", state: "waiting", order: "table" },
  took: [],
  last: 0,

  // All that the filters name, whatever was said of them.
  get scope() {
    const { species, why, order } = this.filter;
    return data.clips.filter((clip) => (!species || clip.asked === species) && (!why || clip.why === why)).sort(ORDERS[order][1]);
  },

  fits(clip) {
    const { verdict } = current(clip);
    return this.filter.state === "all" || (this.filter.state === "waiting" ? verdict === "" : verdict === this.filter.state);
  },

  // The next ones after a clip that fit, around the end.
  after(clip, step = 1) {
    const scope = this.scope;
    const at = clip ? scope.indexOf(clip) : step > 0 ? -1 : 0;
    const turned = step > 0 ? [...scope.slice(at + 1), ...scope.slice(0, at + 1)] : [...scope.slice(0, at).reverse(), ...scope.slice(at).reverse()];
    return turned.filter((one) => one !== clip && this.fits(one));
  },

  count(now) {
    if (this.last && now - this.last < SLOWEST_MS) this.took = [...this.took, now - this.last].slice(-MEASURED);
    this.last = now;
  },

  get progress() {
    const scope = this.scope;
    const done = scope.filter((clip) => current(clip).verdict !== "").length;
    const sorted = [...this.took].sort((a, b) => a - b);
    const each = sorted.length ? sorted[Math.floor(sorted.length / 2)] : null;
    return { done, all: scope.length, left_ms: each === null ? null : each * (scope.length - done) };
  },
};

function leftText(ms) {
  if (ms === null) return "";
  const minutes = Math.ceil(ms / 60000);
  return minutes > 90 ? `, about ${(minutes / 60).toFixed(1)} h left` : `, about ${minutes} min left`;
}
