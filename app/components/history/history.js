// One entry in the browser's history for each thing that somebody does.
export default function () {
  const { history } = globalThis;
  if (history.acts) return;
  const acts = new Acts();
  history.acts = acts;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const here = new URL(location.href);
    const isPage = new URL(url ?? here, here).pathname !== here.pathname;
    if (isPage || acts.isNew) push(state, title, url);
    else history.replaceState(state, title, url);
    acts.take({ isPage });
  };
  const capture = { capture: true, passive: true };
  for (const name of ["pointerdown", "keydown"]) {
    addEventListener(name, (event) => acts.hear(event), capture);
  }
  addEventListener("popstate", () => acts.forget(), capture);
}

// What is moved bit by bit: the same one again is no new act.
const GLIDING = [
  "input:not([type=checkbox], [type=radio], [role=combobox])",
  "textarea",
  "[role=slider]",
  "[data-testid=stNumberInput]",
].join();

export class Acts {
  isNew = false; // whether something was done that has no entry yet
  moved = null; // the slider, stepper or field that the last entry is about

  // What was touched is the innermost of `composedPath`, inside components too.
  hear(event) {
    const gliding = event.composedPath().filter((node) => node.matches?.(GLIDING)).at(-1) ?? null;
    if (gliding && gliding === this.moved) return;
    this.isNew = true;
    this.next = gliding;
  }

  take({ isPage }) {
    if (this.isNew) this.moved = isPage ? null : this.next;
    this.isNew = false;
  }

  forget() {
    this.isNew = false;
    this.moved = this.next = null;
  }
}
