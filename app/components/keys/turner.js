// Something that Python draws and keys turn: the epoch, the picture, the view. The target of a turn
// is ahead of Python until it has answered.
const PATIENCE = 15_000; // milliseconds after which an answer will not come: the server was away

export class Turner {
  count = 0; // messages to Python
  wanted = null;

  constructor(clock) { this.clock = clock; }

  take(data, send) {
    Object.assign(this, { data, send });
    this.count = Math.max(this.count, data.heard);
    if (data.heard === this.count) this.wanted = null;
  }

  get isWaiting() { return this.wanted !== null && this.clock() - this.sentAt < PATIENCE; }

  // What keys reckon with: where it stands, or where it goes.
  get state() {
    return { ...this.data, at: this.isWaiting ? this.wanted : this.data.at };
  }

  go(target) {
    if (target === this.state.at) return;
    this.count += 1;
    Object.assign(this, { wanted: target, sentAt: this.clock() });
    this.send("turned", { target, count: this.count });
  }
}
