// Small pictures to choose from; the chosen one is framed.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gallery");
  root.setAttribute("aria-label", data.label);
  root.count = Math.max(root.count ?? 0, data.count);
  if (root.shown !== data.id) fill(root, data);
  frame(root, data.picked);
  root.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    frame(root, button.name);
    root.count += 1; // the same one again, after another was chosen elsewhere, is another click
    setStateValue("picked", { name: button.name, count: root.count });
  };
}

function fill(root, { id, pictures }) {
  root.shown = id;
  root.replaceChildren(...pictures.map((picture) => buttonOf(root.ownerDocument, picture)));
}

function buttonOf(page, { name, url, title }) {
  const button = Object.assign(page.createElement("button"), { type: "button", name, title });
  button.append(Object.assign(page.createElement("img"), { src: url, alt: title }));
  return button;
}

function frame(root, name) {
  for (const button of root.children) button.setAttribute("aria-pressed", button.name === name);
}
