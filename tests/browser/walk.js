// What a walk through the app needs of the page: when it is at rest, and what it shows.
window.walk = { sent: 0, heard: 1, acted: 0, sockets: new WeakSet() };
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...data) {
  if (!walk.sockets.has(this)) {
    walk.sockets.add(this);
    this.addEventListener("message", () => { walk.heard = performance.now(); });
  }
  walk.sent = performance.now();
  return send.apply(this, data);
};

// Every message to the server is answered, and nothing has happened for so many milliseconds.
walk.rest = (quiet, limit) => new Promise((resolve, reject) => {
  walk.acted = performance.now();
  const end = walk.acted + limit;
  const look = () => {
    const now = performance.now();
    const app = document.querySelector("[data-testid=stApp]")?.dataset ?? {};
    const idle = app.testScriptState === "notRunning" && walk.heard > walk.sent
      && app.testConnectionState === "CONNECTED" && isMounted()
      && !document.querySelector("[data-testid=stSkeleton]");
    if (idle && now - Math.max(walk.heard, walk.acted) >= quiet) resolve();
    else if (now > end) reject(new Error(`no rest: ${JSON.stringify([app, walk, isMounted()])}`));
    else setTimeout(look, 40);
  };
  look();
});

const isSeen = (element) => element.getClientRects().length > 0;
const textOf = (element) => element.innerText.trim();
const find = (selector, root = document) => [...root.querySelectorAll(selector)].filter(isSeen);
const inside = (key) => {
  const [box] = find(`[class*="st-key-${key}"]`);
  return box && [...box.querySelectorAll("*")].map((one) => one.shadowRoot).find(Boolean);
};

// Whether the components that are on the page have begun.
const MOUNTED = ["attack_epsilon", "blend", "conv_grids", "way_strip", "small_cnn"];
const isMounted = () => MOUNTED.every((key) => {
  const root = inside(key);
  const begun = root?.querySelector("input")?.version ?? root?.querySelector(".grids")?.stage;
  return !find(`[class*="st-key-${key}"]`).length || begun;
});

// The kind of a control, what is lit or typed in it, and how much there is to choose from.
function controlOf(box) {
  const all = (selector) => find(selector, box);
  const radios = all("[role=radio]");
  if (radios.length) {
    const lit = radios.filter((one) => one.ariaChecked === "true").map(textOf);
    return ["radio", lit.join(), radios.length, radios[0].disabled];
  }
  if (all("[data-testid=stMultiSelect]").length) {
    return ["several", all("[data-tag]").map((one) => one.ariaLabel).join(), 1];
  }
  const [field] = box.querySelectorAll("input, textarea");
  if (all("[data-testid=stSelectbox]").length) return ["select", field.value, 1];
  if (all("[data-testid=stNumberInput]").length) return ["number", field.value, 1];
  const [thumb] = all("[data-testid=stSliderThumbValue]");
  if (thumb) return ["slider", textOf(thumb), 1, field.disabled];
  if (field?.type === "checkbox") return ["toggle", `${field.checked}`, 1, field.disabled];
  if (field?.tagName === "TEXTAREA") return ["text", field.value, 1];
  const [page] = all("[aria-current=page]");
  return page ? ["pager", textOf(page), all("button:not([disabled])").length] : null;
}

const QUIET = "button, label, a, svg"; // words of controls
const UNREAD = "The picture keeps the numbers of before.";

walk.read = () => {
  const [chapter = "home"] = location.pathname.split("/").slice(-1).filter(Boolean);
  const controls = {};
  for (const box of find(`[class*="st-key-${chapter}-"]`)) {
    const name = [...box.classList].find((one) => one.startsWith(`st-key-${chapter}-`));
    const control = controlOf(box);
    if (control) controls[name.slice(`st-key-${chapter}-`.length)] = control;
  }
  const epsilon = inside("attack_epsilon")?.querySelector("input");
  if (epsilon) controls.epsilon = ["live", epsilon.value, 1];
  const alpha = inside("blend")?.querySelector("input");
  if (alpha) controls.alpha = ["live", alpha.value, 1];
  const stage = inside("conv_grids")?.querySelector(".grids")?.stage;
  if (stage?.picture && !stage.picture.puzzle && !stage.picture.quiz) {
    controls.step = ["step", `${stage.step + 1}`, stage.picture.steps];
  }
  if (stage?.picture?.quiz) {
    controls.question = ["quiz", `${stage.picture.quiz.question + 1}`, stage.picture.quiz.count];
  }
  const pictures = inside("convolution_gallery");
  if (pictures) {
    const all = [...pictures.querySelectorAll("button")];
    const framed = all.find((one) => one.ariaPressed === "true");
    controls.image = ["pictures", framed?.title ?? "", all.length];
  }
  const charts = { gallery: `${chapter}_gallery`, matrix: "training_mistakes" };
  for (const [name, key] of Object.entries(charts)) {
    if (find(`[class*="st-key-hero_${key}"] svg`).length) controls[name] = ["chart", "", 1];
  }
  if (inside("way_strip")) controls.strip = ["strip", "", 1];
  if (inside("small_cnn")) controls.maps = ["maps", "", 1];
  const words = find("[data-testid=stMain] [data-testid=stCaptionContainer], "
    + "[data-testid=stSidebar] [data-testid=stCaptionContainer], "
    + "[data-testid=stMain] [data-testid=stMarkdownContainer] > p");
  const index = navigation.currentEntry.index;
  return {
    address: location.pathname + location.search,
    controls,
    caption: words.filter((one) => !one.closest(QUIET)).map(textOf).join("\n"),
    before: index,
    after: navigation.entries().length - 1 - index,
    errors: find("[data-testid=stException]").map(textOf),
    said: find(".said_of_a_number").map(textOf).join("\n"),
    unread: document.body.textContent.includes(UNREAD), // what is typed makes no picture
  };
};

// Where a cell of a grid, counted over all of a picture, is on the screen.
walk.cell = (key, title, share) => {
  const { canvas, picture, scale } = inside(key).querySelector(".grids").stage;
  const named = picture.grids.filter((one) => one.title.startsWith(title));
  const grids = named.length ? named : picture.grids.filter((one) => /^Max/.test(one.title));
  const grid = grids[Math.floor(share * grids.length)];
  const cell = Math.floor(share * 7919) % (grid.rows * grid.columns);
  const [column, row] = [cell % grid.columns, Math.floor(cell / grid.columns)];
  const box = canvas.getBoundingClientRect();
  const height = grid.height ?? grid.width;
  return [box.left + (grid.x + (column + 0.5) * grid.width) * scale,
    box.top + (grid.y + (row + 0.5) * height) * scale];
};

// Where the middle of one of a chart's marks is: those of its topmost layer can be clicked.
walk.mark = (key, share) => {
  const [picture] = find(`[class*=st-key-hero][class*="${key}"] svg.marks`);
  const layer = find(".mark-symbol.role-mark, .mark-rect.role-mark", picture).at(-1);
  const marks = find("path", layer);
  const box = marks[Math.floor(share * marks.length)].getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};
