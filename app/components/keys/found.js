// What other components have on the page.
import { slidTo } from "./meaning.js";

// Whether the slider moved.
export function slide(slider, what) {
  const target = slidTo(what, slider);
  if (target === null) return false;
  slider.value = Number(slider.min) + target;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

// What components hold that is on the page now.
export function inComponents(selector) {
  const hosts = document.querySelectorAll("[data-testid=stBidiComponentIsolated]");
  const found = [...hosts].map(({ shadowRoot }) => shadowRoot?.querySelector(selector));
  return found.filter((one) => one?.getClientRects().length);
}

// The switch of the code that made a picture; null where there is none.
export const codeSwitch = () => document.querySelector("[class*=st-key-code_control] input");

// Whether there was a button to press.
export function press(selector) {
  const [button] = inComponents(selector);
  button?.click();
  return Boolean(button);
}
