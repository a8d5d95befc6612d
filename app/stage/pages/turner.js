// The keys of stage and notes: those of a page-turner, and a few letters.
const MEANINGS = {
  PageDown: "next", PageUp: "previous", b: "blank", ".": "blank", v: "vote", a: "answer",
  l: "live", r: "panic", n: "notes", t: "clock", Escape: "leave",
};
const TYPED = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select";

// What a key asks for; undefined: it is for the page that has the focus.
export function meaningOf({ key, ctrlKey, metaKey, altKey, shiftKey, target }) {
  if (ctrlKey || metaKey || altKey || shiftKey) return undefined;
  const asked = MEANINGS[key] ?? MEANINGS[key.toLowerCase()];
  const isTyping = target?.matches?.(TYPED) || target?.isContentEditable;
  return isTyping && !key.startsWith("Page") ? undefined : asked;
}

// Every key of a window that means something goes to `turn`, before the page in it hears of it.
export function listen(there, turn) {
  there.addEventListener("keydown", (event) => {
    const asked = meaningOf(event);
    if (!asked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) turn(asked);
  }, true);
}
