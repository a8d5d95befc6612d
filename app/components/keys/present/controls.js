// The controls that a link keeps in sight while the page is presented; all others are hidden by
// app/ui/present_style.py.
const ID = "present-controls";
const PRESENTED = ":root:root:root[data-present]"; // before all that hides
const PANEL = "[data-testid=stSidebar]";
const IN_PANEL = `${PANEL} [data-testid=stElementContainer]`;
// What belongs to a control and has no name of its own: see app/ui/gallery.py.
const WITH = { image: ['[class*="_gallery"]'], source: ['[class*="_pad"]'] };

// Selectors of a control: Streamlit's class is made from its key, whose last part is the name.
export function selectorsOf(name) {
  const own = [`[class$="-${name}"][class*=st-key-]`, `[class*="-${name} "][class*=st-key-]`];
  return [...own, ...(WITH[name] ?? [])];
}

// The style that shows what is named, with its row's label, and the panel where it is in there.
export function styleOf(names) {
  if (!names.length) return "";
  const kept = `:is(${names.flatMap(selectorsOf).join(", ")})`;
  const shown = [
    `${PRESENTED} [data-testid=stElementContainer]${kept}`,
    `${PRESENTED} [data-testid=stElementContainer]:has(+ [data-testid=stLayoutWrapper] ${kept})`,
    `${PRESENTED} ${IN_PANEL}${kept}`,
    `${PRESENTED} ${PANEL}:has(${kept})`,
  ];
  const title = `${PRESENTED} [class*=st-key-title]:has(${kept}) {display: flex !important}`;
  return `${shown.join(",\n")} {display: block !important}\n${title}`;
}

export function keepInSight(names) {
  const style = document.getElementById(ID) ?? document.createElement("style");
  style.id = ID;
  style.textContent = styleOf(names);
  document.head.append(style);
}
