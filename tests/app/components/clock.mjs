// A time that passes only where a test says so.
import { mock } from "node:test";

export class Clock {
  now = 0;
  timers = [];

  constructor() {
    mock.restoreAll();
    mock.method(performance, "now", () => this.now);
    mock.method(globalThis, "setTimeout", (call, wait) => {
      this.timers.push({ call, due: this.now + wait });
      return this.timers.at(-1);
    });
    mock.method(globalThis, "clearTimeout", (timer) => {
      this.timers = this.timers.filter((other) => other !== timer);
    });
  }

  wait(milliseconds) {
    for (const end = this.now + milliseconds; this.now < end; ) {
      this.now += 1;
      const due = this.timers.filter((timer) => timer.due <= this.now);
      this.timers = this.timers.filter((timer) => timer.due > this.now);
      for (const { call } of due) call();
    }
  }
}
