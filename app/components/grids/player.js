// Which step can be seen, which steps were seen, and when the next one comes. It knows no page: the
// clock, the pause between two steps and the wish for less motion are functions that it is given.
const SLIDE = 220; // milliseconds at most from one place of the window to the next

export class Player {
  constructor({ clock, pause, lessMotion, changed }) {
    Object.assign(this, { clock, pause, lessMotion, changed });
    this.step = 0;
    this.hovered = null; // what the pointer is over: see pointer.js
    this.pinned = false;
    this.playing = false;
    this.slide = null; // {from, start, length} while the window slides
  }

  // A new picture. The step stays where the settings allow it and Python names no other; named
  // ones are pinned where Python says so.
  take({ steps, step, pinned, version }) {
    const named = this.steps === undefined || version !== this.version;
    const same = this.steps === steps;
    if (named) this.step = step;
    this.version = version;
    this.steps = steps;
    this.step = Math.min(this.step, steps - 1);
    this.pinned = named ? pinned : this.pinned && same;
    if (!same) {
      this.visited = new Uint8Array(steps);
      this.visited.fill(1, 0, this.step + 1);
    }
    this.hovered = this.slide = null;
  }

  // The same picture: the step is another one only where Python says so.
  follow({ step, pinned, version }) {
    if (version === this.version) return;
    this.version = version;
    if (step === this.step) return;
    this.playing = false;
    this.pinned = pinned;
    this.hovered = this.slide = null;
    this.step = step;
  }

  get visibleStep() { return this.hovered?.step ?? this.step; }

  get atEnd() { return this.step === this.steps - 1; }

  get moving() { return this.playing || this.slide !== null; }

  go(step, length = SLIDE) {
    const target = Math.max(0, Math.min(this.steps - 1, step));
    const jumps = this.lessMotion() || Math.abs(target - this.step) > 1;
    this.slide = jumps ? null : { from: this.visibleStep, start: this.clock(), length };
    this.step = target;
    this.hovered = null;
    this.changed();
  }

  first() {
    this.visited.fill(0);
    this.go(0);
  }

  last() {
    this.visited.fill(1);
    this.go(this.steps - 1);
  }

  scrub(step) {
    this.letGo();
    this.visited.fill(1, 0, step + 1);
    this.hovered = this.slide = null;
    this.step = step;
    this.changed();
  }

  play() {
    if (this.atEnd) this.first();
    this.playing = true;
    this.pinned = false;
    this.next = this.clock() + this.pause();
    this.changed();
  }

  stop() {
    this.playing = false;
    this.changed();
  }

  unpin() {
    this.pinned = false;
    this.changed();
  }

  letGo() { this.playing = this.pinned = false; }

  // The pinned step is let go, any other is pinned.
  pin(step) {
    this.stop();
    this.pinned = !(this.pinned && step === this.step);
    this.step = step;
    this.hovered = null;
  }

  hover(meaning) {
    if (this.pinned && meaning?.step !== undefined) return;
    if (this.playing && meaning) this.stop();
    if (JSON.stringify(meaning) === JSON.stringify(this.hovered)) return;
    this.hovered = meaning;
    this.slide = null;
    this.changed();
  }

  // Before each frame: the next step if it is due, and the end of the slide.
  tick(now) {
    if (this.playing && now >= this.next) this.advance(now);
    if (this.slide && now - this.slide.start >= this.slide.length) this.slide = null;
  }

  advance(now) {
    if (this.atEnd) {
      this.playing = false;
      return;
    }
    this.go(this.step + 1, Math.min(SLIDE, 0.6 * this.pause()));
    this.next = Math.max(this.next + this.pause(), now);
  }

  // How far the window has slid, in [0, 1], slowly at both ends.
  progress(now) {
    const share = Math.min(1, (now - this.slide.start) / this.slide.length);
    return share * share * (3 - 2 * share);
  }
}
