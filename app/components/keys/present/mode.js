// The page as a lecture shows it: large, without menus and panel, and black for a moment.
import { isTyping } from "../focus.js";
import { Address, asks, namesIn } from "./address.js";
import { keepInSight } from "./controls.js";
import { Fit } from "./fit.js";
import { keyOf } from "./stage.js";

const SHOWN_AGAIN = ["b", "Escape", "PageDown", "PageUp"];
const OPEN = "[role=listbox], [role=menu], [role=dialog], dialog, [aria-expanded=true]";

export class Mode {
  constructor() {
    this.root = document.documentElement;
    this.address = new Address(() => this.isOn);
    this.fit = new Fit(() => this.isOn);
    if (asks(location.search)) this.enter();
  }

  get isOn() { return "present" in this.root.dataset; }

  get isBlank() { return "blank" in this.root.dataset; }

  // After each run of Python.
  follow() {
    if (!this.isOn) return;
    keepInSight(namesIn(location.search));
    this.fit.follow();
  }

  enter() {
    this.root.dataset.present = "";
    this.address.write();
    this.follow();
    this.fit.anew();
  }

  leave() {
    delete this.root.dataset.present;
    this.address.write();
    keepInSight([]);
    this.fit.leave();
  }

  // Whether a key was for this.
  hear({ key, ctrlKey, metaKey, altKey, target }) {
    const pressed = keyOf(key);
    if (this.isBlank) {
      if (SHOWN_AGAIN.includes(pressed)) delete this.root.dataset.blank;
      return true; // nothing is turned that nobody sees
    }
    if (ctrlKey || metaKey || altKey || isTyping(target) || target.closest?.(OPEN)) return false;
    if (pressed === "p" && !this.isOn) this.enter();
    else if (pressed === "Escape" && this.isOn) this.leave();
    else if (pressed === "b" && this.isOn) this.root.dataset.blank = "";
    else return false;
    return true;
  }
}
