// Whether the page stands on the stage of a lecture, which has keys of its own.
const STAGES = ["PageDown", "PageUp", "Escape", "p", "b"];

export function isStaged() {
  try {
    const { parent } = globalThis;
    return parent !== globalThis && "stage" in parent.document.documentElement.dataset;
  } catch {
    return false; // a page of another origin
  }
}

// Whether a key is the stage's.
export const isStages = (key) => STAGES.includes(keyOf(key)) && isStaged();

// A letter is the same key with Shift and with caps lock.
export const keyOf = (key) => (key.length === 1 ? key.toLowerCase() : key);
