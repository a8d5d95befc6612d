// A presented page fills its window: what is the page's own picture takes the room that all else
// leaves. Its height is the length `--fit`, of which app/ui/present_style.py and the grids take
// their shares.
import { inComponents } from "../found.js";

const CONTENT = "[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock]";
const LEAST = 120; // CSS pixels of a picture, even if the page then ends below its window
const CLOSE = 3; // CSS pixels that may stay empty
const LOOSE = 0.8; // of the room
const SETTLED = 1000; // milliseconds that pictures and type of another page may take to come
// What is moved while somebody speaks: the picture keeps its size, unless it would be cut.
const MOVING = ["step", "epoch", "epsilon", "alpha"];

// The largest height between two ends with which a page is no higher than its room. `measure` gives
// the page's height for a picture's.
export function largest(measure, { low, high, room }) {
  const end = Math.max(room, measure(low)); // what does not fit without a picture ends no lower
  if (measure(high) <= end) return high;
  while (high - low > CLOSE) {
    const middle = (low + high) / 2;
    if (measure(middle) <= end) low = middle;
    else high = middle;
  }
  return low;
}

export class Fit {
  until = 0; // when the picture keeps its size

  constructor(isOn) {
    this.isOn = isOn;
    this.seen = new ResizeObserver(() => this.soon());
    addEventListener("resize", () => this.anew());
    document.fonts.ready.then(() => this.anew());
  }

  // After each run of Python. A page that is another one has another size of its picture.
  follow() {
    const content = document.querySelector(CONTENT);
    if (content && content !== this.content) {
      this.seen.disconnect();
      this.seen.observe(content);
      this.content = content;
    }
    const app = document.querySelector("[data-testid=stApp]");
    if (!app || app.fitted) return;
    app.fitted = new MutationObserver(() => this.arrive(app));
    app.fitted.observe(app, { attributeFilter: ["data-test-script-state"] });
    this.anew();
  }

  arrive(app) {
    if (app.dataset.testScriptState !== "notRunning") return;
    const { pathname, search } = location;
    const settings = new URLSearchParams(search);
    for (const name of MOVING) settings.delete(name);
    const page = `${pathname}?${settings}`;
    if (page !== this.page) this.until = performance.now() + SETTLED;
    this.page = page;
    this.soon();
  }

  anew() {
    this.until = performance.now() + SETTLED;
    this.soon();
  }

  soon() {
    if (this.isOn()) this.frame ??= requestAnimationFrame(() => this.run());
  }

  run() {
    this.frame = null;
    if (!this.content?.isConnected || !this.isOn() || !innerHeight) return;
    const room = innerHeight - paddingOf(this.content.parentElement);
    const isAnew = performance.now() < this.until || !this.height || this.isLoose(room);
    if (!isAnew && heightOf(this.content) <= room) return;
    const most = isAnew ? innerHeight : this.height;
    this.take(largest((height) => this.measure(height), { low: LEAST, high: most, room }));
  }

  // Whether what filled the page has gone since, as what stands for a picture that is on its way.
  isLoose(room) {
    return this.height < innerHeight && heightOf(this.content) < LOOSE * room;
  }

  measure(height) {
    this.take(height);
    return heightOf(this.content);
  }

  take(height) {
    if (height === this.height) return;
    this.height = height;
    setFit(height);
  }

  // Back to the page as everybody has it.
  leave() {
    this.height = null;
    setFit(null);
  }
}

function setFit(height) {
  const { style } = document.documentElement;
  if (height === null) style.removeProperty("--fit");
  else style.setProperty("--fit", `${height}px`);
  for (const { stage } of inComponents(".grids")) if (stage?.picture) stage.resize();
}

function paddingOf(element) {
  const { paddingTop, paddingBottom } = getComputedStyle(element);
  return parseFloat(paddingTop) + parseFloat(paddingBottom);
}

const heightOf = (content) => content.getBoundingClientRect().height;
