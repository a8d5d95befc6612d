// Whether a key that is pressed is for the page or for what has the focus.
const PAGES = ["PageDown", "PageUp"];
const MOVING = ["ArrowLeft", "ArrowRight", "Home", "End", " "];
const PRESSED = "button, a[href], summary, [role=button], [role=switch], input[type=checkbox]";
const CHOSEN = "[role=radio], input[type=radio], select";
const SLID = "[role=slider], input[type=range]";
const TYPELESS = ["range", "checkbox", "radio", "button", "file", "submit"];
const LINE = `input:not(${TYPELESS.map((type) => `[type=${type}]`)})`;
const OPEN = "[role=listbox], [role=menu], [role=dialog], dialog";
const WALKED = ["ArrowUp", "ArrowDown"]; // over the lines of a function
const RECENT = 80; // milliseconds until the page has set its focus after a click

// Who types text keeps every key, but that page keys mean nothing in one line. A slider keeps its
// own keys, and so does what was reached with Tab; what else was clicked does not.
export function isForPage({ key, ctrlKey, metaKey, altKey, target, isPointed }) {
  if (ctrlKey || metaKey || altKey || target.closest?.(OPEN)) return false;
  if (!target.matches) return true;
  if (target.matches("[role=combobox]")) return isForPageBesideList(key, target);
  if (target.matches("textarea") || target.isContentEditable) return false;
  if (target.matches(LINE) || PAGES.includes(key)) return PAGES.includes(key);
  if (target.matches(SLID)) return key === "?" || key === " ";
  if (target.closest?.(".code") && WALKED.includes(key)) return false;
  if (isPointed) return true;
  if (target.matches(CHOSEN)) return key === "?";
  if (target.matches(PRESSED)) return key !== " ";
  return !isPicker(target) || key === "?";
}

// A box that a list opens from keeps the focus after something was chosen.
function isForPageBesideList(key, box) {
  const isOpen = box.getAttribute("aria-expanded") === "true";
  return !isOpen && (PAGES.includes(key) || MOVING.includes(key));
}

// A picture whose cells are walked over.
function isPicker({ stage }) {
  const picture = stage?.picture;
  return Boolean(picture && !picture.player && !picture.puzzle && !picture.quiz);
}

// Whether text is typed, for keys that are letters.
export function isTyping(target) {
  if (!target.matches) return false;
  return target.matches(LINE) || target.matches("textarea") || Boolean(target.isContentEditable);
}

// Whether what has the focus was clicked: its keys are the page's then.
export class Pointed {
  isPointed = false;
  isDown = false;
  released = -Infinity;

  down() { this.isDown = this.isPointed = true; }

  up(now) { Object.assign(this, { isDown: false, released: now }); }

  focus(now) { this.isPointed = this.isDown || now - this.released < RECENT; }

  key(key) {
    if (key === "Tab") this.isPointed = false;
  }
}
