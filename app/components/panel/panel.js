// The panel at the left in a narrow window: it lies over the page and begins closed. Whether it is
// open is Streamlit's to know, in the browser's store; here the store is told of the window.
const NARROW = 1200; // CSS pixels; app/ui/window_style.py has the same width
const STATE = "stSidebarCollapsed-"; // Streamlit's own
const CODE = "code"; // the kind of window in which a picture stands beside its code
const CHANGED = 60; // milliseconds that another view takes to bring its code
const SETTLED = 300; // milliseconds that Streamlit needs to follow the window
const SIDE = "panel.side"; // which kind of window the state is for
const OPENED = new URLSearchParams(globalThis.location?.search).get("code") === "true";

export default function () {
  if (!globalThis.panel) {
    globalThis.panel = new Panel();
    // Before Streamlit, which reads its store anew in a window of another width.
    addEventListener("resize", () => globalThis.panel.resize(), { capture: true });
  }
  globalThis.panel.fit();
  globalThis.panel.click();
}

export class Panel {
  hasCode = OPENED; // whether a picture stands beside its code

  // A browser that lets no page keep anything has the panel as Streamlit opens it.
  constructor() {
    try {
      this.store = globalThis.localStorage;
    } catch {
      this.store = null;
    }
  }

  resize() {
    this.fit();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.click(), SETTLED);
  }

  // A picture and its code take the panel's room until it is opened.
  makeRoom(hasCode) {
    if (hasCode === this.hasCode) return;
    this.hasCode = hasCode;
    clearTimeout(this.soon); // a page that changes lets its code go and has it again at once
    this.soon = setTimeout(() => {
      this.fit();
      this.click();
    }, CHANGED);
  }

  // What was chosen in a narrow window holds in narrow ones, and likewise in wide ones.
  fit() {
    if (!this.store) return;
    const side = this.side();
    const before = this.store.getItem(SIDE);
    if (before === side) return;
    const state = this.store.getItem(STATE);
    if (before && before !== CODE && state) this.store.setItem(`panel.${before}`, state);
    const chosen = this.store.getItem(`panel.${side}`);
    this.store.setItem(STATE, chosen ?? String(side !== "wide"));
    this.store.setItem(SIDE, side);
  }

  side() {
    if (globalThis.innerWidth < NARROW) return "narrow";
    return this.hasCode ? CODE : "wide";
  }

  // When a page has just been opened Streamlit has read its store already.
  click() {
    const panel = document.querySelector("[data-testid=stSidebar]");
    const state = this.store?.getItem(STATE);
    if (!panel || !state || panel.dataset.collapsed === state) return;
    const [close, open] = ["stSidebarCollapseButton] button", "stExpandSidebarButton]"];
    document.querySelector(`[data-testid=${state === "true" ? close : open}`)?.click();
  }
}
