// Verdicts in the browser: at once in its local storage, which tells other tabs, and in its database, which is on the
// disk before it says so and outlives a browser that is killed. The newer of two verdicts on a clip counts.
const keep = {
  prefix: `canopy review ${data.name} `,
  records: new Map(),
  problem: "",
  writing: 0,
  base: null,
  changed: () => {},

  get(clip) {
    return this.records.get(clip);
  },

  put(clip, record) {
    this.records.set(clip, record);
    let failed = 0;
    const lost = (problem) => {
      failed += 1;
      if (failed === 2) this.problem = `This browser keeps no verdicts (${problem}): save them before you close the page.`;
      this.changed(clip);
    };
    try {
      localStorage.setItem(this.prefix + clip, JSON.stringify(record));
    } catch (problem) {
      lost(problem.message);
    }
    if (!this.base) return lost("it has no database");
    try {
      this.writing += 1;
      const change = this.base.transaction("verdicts", "readwrite", { durability: "strict" });
      change.objectStore("verdicts").put(record, this.prefix + clip);
      change.oncomplete = () => (this.writing -= 1);
      change.onabort = () => {
        this.writing -= 1;
        lost(change.error?.message ?? "its database is closed");
      };
    } catch (problem) {
      this.writing -= 1;
      lost(problem.message);
    }
  },

  take(clip, record) {
    const known = this.records.get(clip);
    if (!record || typeof record.decided !== "string" || (known && known.decided >= record.decided)) return false;
    this.records.set(clip, record);
    return true;
  },

  parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  },

  // Read what is kept, of both places; resolves when all of it is there.
  async open() {
    try {
      for (let at = 0; at < localStorage.length; at += 1) {
        const key = localStorage.key(at);
        if (key.startsWith(this.prefix)) this.take(key.slice(this.prefix.length), this.parsed(localStorage.getItem(key)));
      }
    } catch {
      // Without local storage, the database alone keeps them.
    }
    addEventListener("storage", (event) => {
      if (event.key?.startsWith(this.prefix)) {
        const clip = event.key.slice(this.prefix.length);
        if (this.take(clip, this.parsed(event.newValue))) this.changed(clip, true);
      }
    });
    this.base = await new Promise((done) => {
      try {
        const asked = indexedDB.open("canopy reviews", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("verdicts");
        asked.onsuccess = () => done(asked.result);
        asked.onerror = asked.onblocked = () => done(null);
      } catch {
        done(null);
      }
    });
    if (!this.base) return;
    await new Promise((done) => {
      const range = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`);
      const asked = this.base.transaction("verdicts").objectStore("verdicts").openCursor(range);
      asked.onerror = done;
      asked.onsuccess = () => {
        const cursor = asked.result;
        if (!cursor) return done();
        this.take(cursor.key.slice(this.prefix.length), cursor.value);
        cursor.continue();
      };
    });
  },
};
