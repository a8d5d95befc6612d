// What stands in the address behind #, so that a link opens what somebody has set.

// Another link that is put into the address of the open page; what `keep` writes is none.
globalThis.addEventListener?.("hashchange", () => location.reload());

// The settings of the address over the usual ones; `ranges` says what each may be.
export function settingsOf(usual, ranges) {
  const given = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(Object.entries(usual).map(([name, value]) => {
    const text = given.get(name);
    const fits = text !== null && ranges[name](text);
    if (!fits) return [name, value];
    return [name, typeof value === "number" ? Number(text) : text];
  }));
}

export const among = (names) => (text) => names.includes(text);

// A whole number, or of `digits` such as SHARE.
export const between = (low, high, digits = /^\d+$/) => (text) => {
  return digits.test(text) && Number(text) >= low && Number(text) <= high;
};
export const SHARE = /^\d+(\.\d+)?$/;

// Those that are not the usual ones; without a new entry in the browser's history. Some browsers
// refuse more than 100 changes in some seconds, which a slider makes: the next one keeps it then.
export function keep(settings, usual) {
  const changed = Object.entries(settings).filter(([name, value]) => value !== usual[name]);
  const text = new URLSearchParams(changed).toString();
  const hash = text && `#${text}`;
  if (hash === location.hash) return;
  try {
    history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  } catch {} // refused: as above
}
