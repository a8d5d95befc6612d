// The controls that a link keeps in sight while the page is presented; all others are hidden by
// app/ui/present_style.py.
const ID = "present-controls";
const PRESENTED = ":root:root:root[data-present]"; // before all that hides
const PANEL = "[data-testid=stSidebar]";
const IN_PANEL = `${PANEL} [data-testid=stElementContainer]`;
const TEXT = "[data-testid=stElementContainer]:has(> [data-testid=stMarkdown])";
// What belongs to a control and has no name of its own: see app/ui/gallery.py.
const WITH = { image: ['[class*="_gallery"]'], source: ['[class*="_pad"]'] };

// Selectors of a control: Streamlit's class is made from its key, whose last part is the name.
export function selectorsOf(name) {
  return [...classes(`-${name}`), ...(WITH[name] ?? [])];
}

const classes = (end) => ["$", "*"].map((way) => {
  return `[class${way}="${end}${way === "*" ? " " : ""}"][class*=st-key-]`;
});

// The style that shows what is named, with its row's label, and the panel where it is in there.
export function styleOf(names) {
  if (!names.length) return "";
  const kept = `:is(${names.flatMap(selectorsOf).join(", ")})`;
  const labels = names.flatMap((name) => classes(`room_label_${name}`)); // see app/ui/rooms.py
  const shown = [
    `${PRESENTED} :is(${labels.join(", ")}) [data-testid=stElementContainer]`,
    `${PRESENTED} [data-testid=stElementContainer]${kept}`,
    `${PRESENTED} ${TEXT}:has(+ [data-testid=stLayoutWrapper] ${kept})`,
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
