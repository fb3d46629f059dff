// What the table says, and verdicts on their way to it. Without a server they are saved as a file.
const DATED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const AGAIN_MS = 3000;
const byClip = new Map(data.clips.map((clip) => [clip.clip, clip]));

// Whether a kept verdict is newer than what the table says: the rule by which the table takes it.
function stands(record, row) {
  if (DATED.test(row.decided)) return record.decided > row.decided;
  return ["", record.verdict, record.before].includes(row.said);
}

function current(clip) {
  const record = keep.get(clip.clip);
  return record && (record.decided === clip.row.decided || stands(record, clip.row)) ? record : clip.row;
}

const unsaved = () =>
  data.clips.filter((clip) => {
    const record = keep.get(clip.clip);
    return record && record.decided !== clip.row.decided && stands(record, clip.row);
  });

function told(clip) {
  const record = keep.get(clip.clip);
  const [onset_s, offset_s, low_hz, high_hz] = record.box;
  const { verdict, species, remark, decided, before } = record;
  return { clip: clip.clip, verdict, species, remark, onset_s, offset_s, low_hz, high_hz, decided, before };
}

const server = {
  served: location.protocol.startsWith("http"),
  token: "",
  version: "",
  problem: "",
  busy: false,
  changed: () => {},

  async ask(path, options = {}) {
    const answer = await fetch(path, { cache: "no-store", ...options });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error ?? answer.statusText);
    return said;
  },

  took(said) {
    const changed = [];
    for (const [name, row] of Object.entries(said.rows ?? {})) {
      const clip = byClip.get(name);
      if (!clip || JSON.stringify(clip.row) === JSON.stringify(row)) continue;
      clip.row = row;
      changed.push(name);
    }
    this.token = said.token ?? this.token;
    this.version = said.version;
    return changed;
  },

  // Send what waits, and hear what the table says now.
  async sync() {
    if (!this.served || this.busy) return;
    this.busy = true;
    let changed = [];
    const sent = new Set();
    let refused = [];
    try {
      if (!this.token) changed = this.took(await this.ask("state"));
      const waiting = unsaved().slice(0, 200);
      if (waiting.length) {
        const headers = { "Content-Type": "application/json", "X-Canopy-Token": this.token };
        const verdicts = waiting.map(told);
        for (const one of verdicts) sent.add(one.clip + one.decided);
        const said = await this.ask("verdicts", { method: "POST", headers, body: JSON.stringify({ verdicts }) });
        changed.push(...this.took(said));
        refused = said.refused;
      } else {
        changed.push(...this.took(await this.ask(`state?known=${encodeURIComponent(this.version)}`)));
      }
      this.problem = refused.length ? `Not taken, and kept in this browser: ${refused.slice(0, 3).join("; ")}.` : "";
    } catch (problem) {
      this.token = "";
      sent.clear();
      const waiting = unsaved().length;
      const why = problem instanceof TypeError ? "The review server does not answer" : `The review server: ${problem.message}`;
      this.problem = `${why}. ${waiting} verdict${waiting === 1 ? " waits" : "s wait"} in this browser, and will be sent again.`;
    }
    this.busy = false;
    this.changed(changed);
    if (sent.size && unsaved().some((clip) => !sent.has(clip.clip + keep.get(clip.clip).decided))) await this.sync();
  },
};

function cell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function savedFile() {
  const columns = ["clip", "verdict", "species", "remark", "onset_s", "offset_s", "low_hz", "high_hz", "decided", "before"];
  const rows = unsaved().map(told);
  return [columns, ...rows.map((row) => columns.map((name) => cell(row[name])))].map((row) => `${row.join(",")}\n`).join("");
}

function download() {
  const moment = new Date().toISOString().replace(/[-:]/g, "").slice(0, 15);
  const link = html("a", { href: URL.createObjectURL(new Blob([savedFile()], { type: "text/csv" })), download: `verdicts-${data.name}-${moment}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  for (const clip of unsaved()) keep.put(clip.clip, { ...keep.get(clip.clip), filed: true });
}
