// The clips' sounds: decoded ahead, so that the next one begins with the key.
const SPEEDS = [["1", "1"], ["0.5", "half"], ["0.25", "quarter"], ["0.1", "tenth"], ["2", "double"]];
const RATE_HZ = 48000;
// Browsers play nothing before the person has pressed a key or clicked.
const mayPlay = () => navigator.userActivation?.hasBeenActive ?? true;
const sound = {
  context: new AudioContext({ latencyHint: "interactive" }),
  buffers: new Map(),
  source: null,
  clip: null,
  begun: 0,
  from: 0,

  decode(clip) {
    if (!clip?.sound) return Promise.resolve(null);
    if (!this.buffers.has(clip.clip)) {
      const buffer = new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(unpacked(clip.sound).buffer);
      this.buffers.set(clip.clip, buffer.catch(() => null));
    }
    return this.buffers.get(clip.clip);
  },

  ahead(clips) {
    const wanted = new Set(clips.map((clip) => clip.clip));
    for (const name of this.buffers.keys()) if (!wanted.has(name)) this.buffers.delete(name);
    return Promise.all(clips.map((clip) => this.decode(clip)));
  },

  get speed() {
    return Number(byId("speed").value) || 1;
  },

  stop() {
    if (this.source) {
      this.source.onended = null;
      this.source.stop();
    }
    this.source = this.clip = null;
    byId("clip").classList.remove("playing");
  },

  async play(clip, share = 0) {
    this.stop();
    this.clip = clip;
    if (!mayPlay()) return;
    const buffer = await this.decode(clip);
    if (!buffer || this.clip !== clip) return;
    if (this.context.state === "suspended") this.context.resume();
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.playbackRate.value = this.speed;
    source.connect(this.context.destination);
    source.onended = () => this.stop();
    source.start(0, share * buffer.duration);
    this.source = source;
    this.begun = this.context.currentTime;
    this.from = share;
    byId("clip").classList.add("playing");
    this.follow(source, buffer.duration);
  },

  follow(source, duration) {
    if (this.source !== source) return;
    const rate = source.playbackRate.value;
    const share = Math.min(1, this.from + ((this.context.currentTime - this.begun) * rate) / duration);
    for (const head of document.querySelectorAll("#clip .head")) head.style.left = `${100 * share}%`;
    requestAnimationFrame(() => this.follow(source, duration));
  },
};
