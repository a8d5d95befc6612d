// One entry in the browser's history for each thing that somebody does; and a server that was away
// is asked for the page at once, not only at the next thing that somebody does.
const SETTLED = 500; // milliseconds that Streamlit needs to take over a new connection

export default function ({ setTriggerValue }) {
  const { history } = globalThis;
  if (history.acts) {
    history.acts.ask = setTriggerValue;
    return;
  }
  const acts = new Acts();
  acts.ask = setTriggerValue;
  history.acts = acts;
  skipDead();
  globalThis.WebSocket = watched(globalThis.WebSocket, () => acts.ask("connected", true));
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const here = new URL(location.href);
    const there = new URL(url ?? here, here);
    const isPage = there.pathname !== here.pathname;
    if (!isPage && acts.isLeaving) {
      acts.held = there.search; // of the page that is on its way
      return;
    }
    if (isPage && !there.search) there.search = acts.held;
    const target = there.pathname + there.search + there.hash;
    if (isPage || acts.isNew) push(state, title, target);
    else history.replaceState(state, title, target);
    acts.take({ isPage });
  };
  const capture = { capture: true, passive: true };
  for (const name of ["pointerdown", "keydown"]) {
    addEventListener(name, (event) => acts.hear(event), capture);
  }
  addEventListener("click", (event) => acts.leave(event), capture); // Enter on a link is one too
  addEventListener("popstate", () => acts.forget(), capture);
  const path = focused();
  if (path.length) acts.hear({ composedPath: () => path });
}

// What was touched before this was there has the focus: it, and what is around it.
function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  const path = [];
  for (; node && node !== document.body; node = node.parentNode ?? node.host) path.push(node);
  return path;
}

// A link that Python has cleaned before this was there stands behind the page as an entry of its
// own: Back goes past it.
function skipDead() {
  const [opened] = performance.getEntriesByType("navigation");
  const dead = opened?.name.split("#")[0];
  const isHere = () => location.href.split("#")[0] === dead;
  if (!dead || isHere() || history.state === null) return;
  const skip = (event) => {
    if (!isHere() || history.state !== null) return;
    event.stopImmediatePropagation();
    history.back();
  };
  addEventListener("popstate", skip, { capture: true });
}

// The page's first connection was made before this; each that follows is one after a break.
function watched(Socket, tell) {
  return class extends Socket {
    constructor(...about) {
      super(...about);
      this.addEventListener("open", () => setTimeout(tell, SETTLED));
    }
  };
}

// What is moved bit by bit: the same one again is no new act.
const GLIDING = [
  "input:not([type=checkbox], [type=radio], [role=combobox])",
  "textarea",
  "[role=slider]",
  "[data-testid=stNumberInput]",
].join();

// Whether a click follows a link to another page of the app, and opens no other window.
function follows(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  const link = event.composedPath().find((node) => node.matches?.("a[href]"));
  const here = new URL(location.href);
  return Boolean(link) && new URL(link.href, here).pathname !== here.pathname;
}

export class Acts {
  isNew = false; // whether something was done that has no entry yet
  moved = null; // the slider, stepper or field that the last entry is about
  isLeaving = false; // whether a link to another page was followed that is not there yet
  held = ""; // what that page's address is to say, where it is told before the page

  // What was touched is the innermost of `composedPath`, inside components too.
  hear(event) {
    Object.assign(this, { isLeaving: false, held: "" });
    const gliding = event.composedPath().filter((node) => node.matches?.(GLIDING)).at(-1) ?? null;
    if (gliding && gliding === this.moved) return;
    this.isNew = true;
    this.next = gliding;
  }

  leave(event) {
    Object.assign(this, { isLeaving: follows(event), held: "" });
  }

  take({ isPage }) {
    if (this.isNew) this.moved = isPage ? null : this.next;
    this.isNew = false;
    if (isPage) Object.assign(this, { isLeaving: false, held: "" });
  }

  forget() {
    Object.assign(this, { isNew: false, isLeaving: false, held: "" });
    this.moved = this.next = null;
  }
}
