// What the picture's own keys ask for, and whether a key that is pressed is meant for the picture.
// Keys that mean the same on every page are heard by ../keys/.
const PLAYER = { Escape: "unpin", Enter: "pin" };
const PUZZLE = { Enter: "reveal", y: "right", n: "wrong" };
const QUIZ = { 1: "choose1", 2: "choose2", 3: "choose3", 4: "choose4", Enter: "next" };
const RELEASED = ["button", "radio", "checkbox", "label", "div"];

// The action that a key asks for, or undefined.
export function actionOf(key, { player, puzzle, quiz }) {
  const keys = quiz ? QUIZ : puzzle ? PUZZLE : player ? PLAYER : {};
  return keys[key.length === 1 ? key.toLowerCase() : key];
}

// Keys are the picture's while nothing else on the page has the focus.
export function isForPicture(event, root) {
  const [target] = event.composedPath();
  const { body, documentElement } = root.ownerDocument;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const free = target === body || target === documentElement;
  if (!free && !root.contains(target)) return false;
  if (target.tagName === "SELECT") return false;
  return !(target.tagName === "BUTTON" && (event.key === " " || event.key === "Enter"));
}

// A switch or button of the page that was clicked keeps the focus no longer: the next key is the
// picture's.
export function takeFocusBack(root) {
  const { activeElement } = root.ownerDocument;
  const tag = activeElement?.tagName.toLowerCase();
  const kind = tag === "input" ? activeElement.type : tag;
  const isCode = activeElement?.shadowRoot?.activeElement?.closest(".code"); // lines to walk
  const own = activeElement === root.getRootNode().host || isCode;
  if (RELEASED.includes(kind) && !own) activeElement.blur();
}
