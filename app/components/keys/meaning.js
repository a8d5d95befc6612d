// What a key means, the same in every view.
const MEANINGS = {
  PageDown: "pageNext",
  PageUp: "pagePrevious",
  ArrowRight: "next",
  ArrowLeft: "previous",
  ArrowDown: "down",
  ArrowUp: "up",
  Home: "first",
  End: "last",
  " ": "play",
};
const VIEWS = {
  pageNext: "next",
  next: "next",
  play: "next",
  pagePrevious: "previous",
  previous: "previous",
  first: "first",
  last: "last",
};
const LEAPS = { pageNext: 1, pagePrevious: -1 };
const SINGLE = { next: 1, play: 1, previous: -1 };
const LEAP = 8; // of a slider, with a page key

// {what} of the view, {view} with Shift, {help}; null for a key without a meaning.
export function meaningOf({ key, shiftKey }) {
  if (key === "?") return { help: true };
  const what = MEANINGS[key];
  if (!what) return null;
  return shiftKey ? (VIEWS[what] ? { view: VIEWS[what] } : null) : { what };
}

// Where a turn of so many leads; null where there is nothing (more) to turn. What is no sequence,
// like the pictures of a gallery, is turned by arrows: a page-turner goes on to the next view.
export function targetOf(what, { at, count, sequence = true, leap = 1 }) {
  const ends = { first: 0, last: count - 1 };
  if (what in ends) return ends[what];
  if (what in LEAPS && !sequence) return null;
  const by = what in LEAPS ? LEAPS[what] * leap : SINGLE[what];
  if (!by) return null;
  const target = Math.max(0, Math.min(count - 1, at + by));
  return target === at ? null : target;
}

// Where a slider goes, counted from its lower end.
export function slidTo(what, { value, min, max }) {
  const [at, count] = [Number(value) - Number(min), Number(max) - Number(min) + 1];
  return targetOf(what, { at, count, leap: LEAP });
}

// The view that follows or that was before, of all chapters; first and last are of the chapter.
export function viewOf(view, { at, count, first, last }) {
  const target = { next: at + 1, previous: at - 1, first, last }[view];
  return target < 0 || target >= count || target === at ? null : target;
}

// Only page keys that are pressed, not held, go on to another view.
export function goesOn(what, isHeld) {
  return !isHeld && what in LEAPS ? VIEWS[what] : null;
}
