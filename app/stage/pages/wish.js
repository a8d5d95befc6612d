// A key for what the picture asks, which the stage has no question for yet: the notes have pressed
// it, or the picture is on its way. It is asked as soon as the picture is there, once.
const LONGEST = 10_000; // milliseconds after which nobody waits for it any more

export class Wish {
  wants = null; // how many of them the server has heard; those before this window are past
  index = null; // the state that is to ask; null for none

  constructor(clock) { this.clock = clock; }

  hear({ wants, index }) {
    if (this.wants !== null && wants !== this.wants) {
      Object.assign(this, { index, since: this.clock() });
    }
    this.wants = wants;
  }

  // Whether the picture on the screen is to be asked now.
  isDue({ index, phase }, hasCome) {
    const isPast = this.clock() - this.since > LONGEST;
    if (isPast || phase !== "state" || index !== this.index) this.index = null;
    if (this.index === null || !hasCome) return false;
    this.index = null;
    return true;
  }
}
