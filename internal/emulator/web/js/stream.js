// One stream of server-sent events. It is read with fetch and not with EventSource, which
// would keep comments to itself: they are the sign that the stream is alive.

const silence = 40_000; // milliseconds after which a stream counts as dead; comments come every 15 s
const longest = 30_000; // milliseconds between two tries

export class Stream {
  // tell is called with each event: {event, id, data}, and state with live, or since and at
  // when it is tried again.
  constructor(url, { tell, state, cursor }) {
    this.url = url;
    this.tell = tell;
    this.state = state;
    this.wait = 500;
    this.closed = false;
    this.cursor = cursor;
    this.run();
  }

  async run() {
    while (!this.closed) {
      try {
        await this.read();
      } catch { /* it broke off, or never began */ }
      if (this.closed) return;
      this.since ??= Date.now();
      this.state({ live: false, since: this.since, at: Date.now() + this.wait });
      await this.pause();
      this.wait = Math.min(longest, this.wait * 2);
    }
  }

  pause() {
    return new Promise((done) => {
      const timer = setTimeout(done, this.wait);
      this.now = () => { clearTimeout(timer); done(); };
    });
  }

  // retry tries at once, also while a try is under way that nothing comes of.
  retry() {
    this.wait = 500;
    this.abort?.abort();
    this.now?.();
  }

  close() {
    this.closed = true;
    this.abort?.abort();
    this.now?.();
  }

  alive() {
    clearTimeout(this.dog);
    this.dog = setTimeout(() => this.abort?.abort(), silence);
  }

  async read() {
    this.abort = new AbortController();
    this.alive();
    const headers = { Accept: "text/event-stream" };
    if (this.cursor) headers["Last-Event-ID"] = this.cursor;
    const response = await fetch(this.url, { headers, cache: "no-store", signal: this.abort.signal });
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        this.alive();
        text += value;
        const blocks = text.split("\n\n");
        text = blocks.pop();
        this.take(blocks);
      }
    } finally {
      clearTimeout(this.dog);
      this.abort.abort();
    }
  }

  take(blocks) {
    const events = blocks.map(parse).filter((one) => one.event);
    for (const one of events) if (one.id) this.cursor = one.id;
    if (events.some((one) => one.event === "hello")) {
      this.wait = 500;
      this.since = undefined;
      this.state({ live: true });
    }
    if (events.length) this.tell(events);
  }
}

function parse(block) {
  const out = { event: "", id: "", data: null };
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at <= 0) continue;
    const name = line.slice(0, at);
    const value = line.slice(at + 2);
    if (name === "data") {
      try { out.data = JSON.parse(value); } catch { out.data = null; }
    } else if (name === "event" || name === "id") out[name] = value;
  }
  return out;
}
