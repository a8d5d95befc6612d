// The browser's Back is the key for what was before, and leaves the stage at its first state. What
// is done inside a picture adds no entry: Back would undo it in frames that nobody sees.
const GUARD = "stage"; // the entry above the one with which the stage was opened

export class Back {
  constructor(turn) {
    addEventListener("popstate", () => {
      if (history.state !== GUARD) turn("previous");
    });
  }

  // After each picture: whether there is one before it.
  follow(hasBefore) {
    if (hasBefore && history.state !== GUARD) history.pushState(GUARD, "");
  }
}

// A page in a frame changes its address and adds no entry.
export function addNone({ history }) {
  history.pushState = (state, title, url) => history.replaceState(state, title, url);
}
