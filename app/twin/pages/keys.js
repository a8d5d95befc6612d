// The keys of a page: what the app's mean. They turn the picture that can be turned, or move the
// slider of a page that has none.
import { isTurned, turn } from "../../components/grids/turning.js";
import { isForPage, Pointed } from "../../components/keys/focus.js";
import { slide } from "../../components/keys/found.js";
import { meaningOf } from "../../components/keys/meaning.js";

const SCROLLS = ["up", "down"]; // the page, where there is no row

export function listenToKeys() {
  const pointed = new Pointed();
  const on = (name, handle) => addEventListener(name, handle, { capture: true });
  on("pointerdown", () => pointed.down());
  for (const name of ["pointerup", "pointercancel"]) {
    on(name, (event) => pointed.up(event.timeStamp));
  }
  on("focusin", (event) => pointed.focus(event.timeStamp));
  on("keydown", (event) => {
    pointed.key(event.key);
    if (!turned(event, pointed.isPointed)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function turned(event, isPointed) {
  const { key, ctrlKey, metaKey, altKey } = event;
  const [target] = event.composedPath();
  if (!isForPage({ key, ctrlKey, metaKey, altKey, target, isPointed })) return false;
  const what = meaningOf(event)?.what;
  if (!what) return false;
  const stage = shown(".grids").map(({ stage }) => stage).find((one) => one && isTurned(one));
  if (stage) return turn(stage, what);
  const slider = shown("input[type=range]").find(({ step }) => step === "1");
  return Boolean(slider) && !SCROLLS.includes(what) && slide(slider, what);
}

// What the components of the page have that is seen.
function shown(selector) {
  const found = [...document.querySelectorAll(".component")].map(({ shadowRoot }) => {
    return shadowRoot.querySelector(selector);
  });
  return found.filter((one) => one?.getClientRects().length);
}
