// Keys that mean the same in every view, whatever has the focus; see README.md.
import { Keys } from "./page.js";
import { Mode } from "./present/mode.js";
import { Turner } from "./turner.js";

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".keys");
  globalThis.presented ??= new Mode();
  globalThis.pageKeys ??= new Keys(globalThis.presented);
  root.turner ??= new Turner(() => performance.now());
  root.turner.take(data, setStateValue);
  globalThis.pageKeys.take(root);
  globalThis.presented.follow();
}
