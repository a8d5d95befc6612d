// The few things that all pages of the site are made of.

// An element with properties and what it contains.
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// A choice with its label: `options` are [value, text].
export function choice(label, options, value, changed) {
  const list = element("select", { ariaLabel: label });
  list.onchange = () => changed(list.value);
  const whole = element("label", { className: "choice" }, `${label} `, list);
  whole.offer = (offered) => list.replaceChildren(...offered.map(([key, text]) => {
    return element("option", { value: key, textContent: text });
  }));
  whole.put = (key) => { list.value = key; };
  whole.offer(options);
  whole.put(value);
  return whole;
}

// Whole numbers from one to another, to choose from.
export function options([low, high]) {
  return Array.from({ length: high - low + 1 }, (_, index) => {
    return [String(low + index), String(low + index)];
  });
}

// Some of several names, `most` at once.
export function several(names, chosen, most, changed) {
  const boxes = names.map((name) => {
    return element("input", { type: "checkbox", value: name, checked: chosen.includes(name) });
  });
  const tell = () => {
    const checked = boxes.filter((box) => box.checked);
    for (const box of boxes) box.disabled = !box.checked && checked.length >= most;
    return checked.map(({ value }) => value);
  };
  for (const box of boxes) box.onchange = () => changed(tell());
  tell();
  const labels = boxes.map((box) => element("label", {}, box, ` ${box.value}`));
  return element("div", { className: "several" }, ...labels);
}

// A field for rows of numbers.
export function typed(label, value, changed) {
  const field = element("textarea", { value, rows: 5, spellcheck: false });
  field.oninput = () => changed(field.value);
  return element("label", { className: "choice" }, label, field);
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
  for (const one of parentElement.querySelectorAll(".stage")) watchWidth(one);
  host.draw = (data) => run({ data, parentElement, setStateValue: told });
  return host;
}

// What is wider than a phone slides sideways, with the keyboard too.
function watchWidth(stage) {
  const isWide = () => stage.scrollWidth > stage.clientWidth;
  new ResizeObserver(() => {
    if (isWide()) stage.tabIndex = 0;
    else stage.removeAttribute("tabindex");
  }).observe(stage);
}

export const capital = (text) => text[0].toUpperCase() + text.slice(1);

// "a 7", "an 8".
export const articled = (word) => `${"aeiou8".includes(`${word}`[0]) ? "an" : "a"} ${word}`;

// A share in [0, 1] as text.
export const percent = (share) => `${(100 * share).toFixed(1)}%`;
