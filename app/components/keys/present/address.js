// The address while the page is presented: it says so, whatever Python writes into it.
const NAME = "present";

// Whether an address asks to be presented.
export const asks = (search) => new URLSearchParams(search).get(NAME) === "1";

// Names of the controls that a link keeps in sight.
export function namesIn(search) {
  const texts = new URLSearchParams(search).getAll("controls").join().split(",");
  return texts.map((text) => text.trim()).filter((text) => /^[a-z][a-z0-9_]*$/.test(text));
}

// An address that says whether the page is presented; the very same where it does already.
export function saying(url, isOn, here) {
  const there = new URL(url, here);
  if (asks(there.search) === isOn) return url;
  if (isOn) there.searchParams.set(NAME, "1");
  else there.searchParams.delete(NAME);
  return there.pathname + there.search + there.hash;
}

// What Python writes was asked for before a key was pressed, or leads to another page; and Back
// leads to what was there before. The address says what the screen shows.
export class Address {
  constructor(isOn) {
    this.isOn = isOn;
    const { history } = globalThis;
    for (const name of ["pushState", "replaceState"]) {
      const write = history[name].bind(history);
      history[name] = (state, title, url) => {
        write(state, title, url && saying(url, this.isOn(), location.href));
      };
    }
    addEventListener("popstate", () => this.write(), { capture: true });
  }

  write() {
    const { history, location } = globalThis;
    if (asks(location.search) === this.isOn()) return;
    history.replaceState(history.state, "", location.href);
  }
}
