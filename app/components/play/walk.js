// Turns what keys turn, step by step, until the last one or until somebody else turns it.
const PAUSE = 600; // milliseconds at least for each step

export class Walk {
  isPlaying = false;

  start({ turner, now }) {
    const { at, count } = turner.state;
    this.isPlaying = true;
    this.expected = at;
    this.due = now;
    if (at === count - 1) this.go(turner, 0, now); // from the first again
  }

  stop() { this.isPlaying = false; }

  tick({ turner, now }) {
    if (!this.isPlaying) return;
    const state = turner?.state;
    if (!state || state.at !== this.expected) return this.stop();
    if (turner.isWaiting || now < this.due) return;
    if (state.at === state.count - 1) this.stop();
    else this.go(turner, state.at + 1, now);
  }

  go(turner, target, now) {
    this.expected = target;
    this.due = now + PAUSE;
    turner.go(target);
  }
}
