// The keys of the whole page: they are heard before anything else hears them.
import { isRunning, isTurned, turn } from "../grids/turning.js";
import { Pointed, isForPage, isTyping } from "./focus.js";
import { rowOf, rowsOf } from "./help.js";
import { goesOn, meaningOf, targetOf, viewOf } from "./meaning.js";
import { codeSwitch, inComponents, press, slide } from "./found.js";
import { isStages } from "./present/stage.js";
import { tellUnreadable } from "./unreadable.js";

const CODE = "c"; // opens the code of a picture, and closes it
const STREAMLITS = ["r", "c"]; // run again, clear the cache: nothing for a lecture
const PATIENCE = 3000; // milliseconds at most until another view is asked for
const PAUSE = 30; // milliseconds until it is tried again
const SCROLLS = ["up", "down"]; // the page, where there is no row

export class Keys {
  constructor(presented) {
    this.presented = presented; // what shows the page to a room
    this.pointed = new Pointed();
    this.turners = new Set(); // roots of what Python declares, each with its turner
    this.views = null; // the root of the views, with the list of keys
    this.isLeaving = false; // whether another view is asked for as soon as Python is done
    this.isSpent = false; // whether the key that is held has opened another view
    const on = (name, handle) => addEventListener(name, handle, { capture: true });
    on("pointerdown", () => this.pointed.down());
    for (const name of ["pointerup", "pointercancel"]) {
      on(name, (event) => this.pointed.up(event.timeStamp));
    }
    on("focusin", (event) => this.pointed.focus(event.timeStamp));
    on("focusout", ({ target }) => tellUnreadable(target));
    on("keydown", (event) => this.hear(event));
  }

  take(root) {
    if (root.turner.data.isViews) this.views = root;
    else this.turners.add(root);
    for (const one of this.turners) if (!one.isConnected) this.turners.delete(one);
  }

  hear(event) {
    this.pointed.key(event.key);
    if (event.key === "Enter") tellUnreadable(event.target);
    if (!event.repeat) this.isSpent = false;
    if (this.isAnswered(event)) {
      if (meaningOf(event)) event.preventDefault();
      event.stopPropagation();
    }
  }

  // Whether nobody else is to hear the key.
  isAnswered(event) {
    const { key, ctrlKey, metaKey, altKey } = event;
    const [target] = event.composedPath();
    const pressed = { key, ctrlKey, metaKey, altKey, target, isPointed: this.pointed.isPointed };
    const dialog = this.dialog();
    if (dialog?.open) return closes(dialog, event);
    if (isStages(key)) return false;
    if (this.presented.hear(pressed)) return true;
    const isPlain = !ctrlKey && !metaKey && !altKey && !isTyping(target);
    if (STREAMLITS.includes(key.toLowerCase()) && isPlain) return this.code(event);
    const meaning = meaningOf(event);
    if (!meaning || !isForPage(pressed)) return false;
    if (isTyping(target)) target.blur?.(); // what was typed counts
    return this.follow(meaning, event.repeat);
  }

  code({ key, repeat }) {
    if (key.toLowerCase() === CODE && !repeat) codeSwitch()?.click();
    return true;
  }

  // Whether the key had a meaning here.
  follow({ what, view, help }, isHeld) {
    if (help) return this.help();
    if (this.isLeaving || this.views?.turner.isWaiting || this.isSpent) return true;
    if (view) return this.show(view);
    if (this.turn(what)) return true;
    const next = goesOn(what, isHeld);
    if (next) return this.show(next);
    return Boolean(this.target()) && !SCROLLS.includes(what);
  }

  turn(what) {
    const { stage, slider, turner } = this.target() ?? {};
    if (stage) return turn(stage, what);
    if (slider) return slide(slider, what);
    if (what === "play" && turner?.data.plays) return press(".walk");
    const target = turner ? targetOf(what, turner.state) : null;
    if (target === null) return false;
    turner.go(target);
    return true;
  }

  show(view) {
    if (!this.views?.isConnected) return false;
    this.isSpent = true;
    const { turner } = this.views;
    const target = viewOf(view, turner.state);
    if (target !== null) this.leave(turner, target, performance.now());
    return true;
  }

  // Python hears of another view when it has drawn what was turned before: a run of a part of the
  // page, called off by one of the whole page, may leave the latter without an answer.
  leave(turner, target, since) {
    this.isLeaving = isAnswering() && performance.now() - since < PATIENCE;
    if (this.isLeaving) setTimeout(() => this.leave(turner, target, since), PAUSE);
    else turner.go(target);
  }

  // What keys turn: {stage}, {slider} or {turner}; null for nothing.
  target() {
    const stages = inComponents(".grids").map((root) => root.stage);
    const stage = stages.find((one) => one && isTurned(one));
    if (stage) return { stage };
    const [slider] = inComponents(".live input");
    if (slider) return { slider };
    const here = [...this.turners].filter((root) => root.isConnected).map((root) => root.turner);
    const turner = here.find(({ data }) => data.sequence) ?? here[0];
    return turner ? { turner } : null;
  }

  dialog() { return this.views?.querySelector("dialog"); }

  help() {
    const dialog = this.dialog();
    if (!dialog) return false;
    const rows = rowsOf(this.target(), codeSwitch());
    dialog.querySelector("dl").replaceChildren(...rows.flatMap(rowOf));
    dialog.showModal();
    return true;
  }
}

// Any key of the list closes it.
function closes(dialog, event) {
  if (!meaningOf(event) && event.key !== "Enter") return false;
  dialog.close();
  return true;
}

function isAnswering() {
  const turners = [...globalThis.pageKeys.turners].filter((root) => root.isConnected);
  if (turners.some(({ turner }) => turner.isWaiting)) return true;
  return isRunning();
}
