// The few things that all pages of the site are made of.

// An element with properties and what it contains.
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// A choice with its label: `options` are [value, text].
export function choice(label, options, value, changed) {
  const list = element("select", {}, ...options.map(([key, text]) => {
    return element("option", { value: key, textContent: text, selected: key === value });
  }));
  list.onchange = () => changed(list.value);
  const whole = element("label", { className: "choice" }, `${label} `, list);
  whole.put = (key) => { list.value = key; };
  return whole;
}

// A component of the app in a root of its own, as Streamlit mounts it: `told` hears its states.
// Returns its element, whose `draw` takes new data.
export function mounted(name, told = () => {}) {
  const { html, css, run } = globalThis.components[name];
  const host = element("div", { className: `component ${name}` });
  const root = host.attachShadow({ mode: "open" });
  const parentElement = element("div");
  parentElement.innerHTML = html;
  root.append(element("style", { textContent: css }), parentElement);
  host.draw = (data) => run({ data, parentElement, setStateValue: told });
  return host;
}

// A share in [0, 1] as text.
export const percent = (share) => `${(100 * share).toFixed(1)}%`;
