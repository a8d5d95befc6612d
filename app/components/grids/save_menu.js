// The button that saves the picture, and its menu.
import { give, named } from "./download.js";
import { fontRule } from "./fonts.js";
import { animationOf, blobOf, captionOf, csvOf, pngOf, svgOf } from "./saving.js";

const NO_FILE = "This browser writes no WebP. Chrome, Edge and Firefox do.";
const BUSY = "Drawing the steps …";

const KINDS = {
  svg: async (stage) => blobOf(svgOf(stage, await fontRule(stage.picture.font)), "image/svg+xml"),
  png: pngOf,
  csv: (stage) => blobOf(csvOf(stage), "text/csv"),
  webp: animationOf,
};

// Nothing is saved of a question: its picture would tell the answer, or none.
export function showSaving({ picture, find }) {
  hideSaving({ picture, find });
  find("[data-save=webp]").hidden = picture.steps < 2 || !picture.player;
  close({ find });
}

// A room that looks at a presented page has no use for it.
export function hideSaving({ picture, find }) {
  const presented = "present" in document.documentElement.dataset;
  find(".save").hidden = Boolean(presented || picture.puzzle || picture.quiz);
}

export function listenToSaving(stage, on) {
  const menu = stage.find("[data-save=menu]");
  on(menu, "click", () => (stage.find(".files").hidden ? open(stage) : close(stage)));
  for (const kind of Object.keys(KINDS)) {
    on(stage.find(`[data-save=${kind}]`), "click", () => save(stage, kind));
  }
  on(stage.find("[data-save=caption]"), "click", () => copyCaption(stage));
  on(stage.find(".save"), "keydown", (event) => {
    if (event.key === "Escape") leave(stage, menu);
    event.stopPropagation(); // its keys are no steps
  });
  on(stage.find(".save"), "focusout", ({ relatedTarget }) => {
    if (!stage.find(".save").contains(relatedTarget)) close(stage);
  });
}

function open(stage) {
  say(stage, "");
  stage.find(".files").hidden = false;
  stage.find("[data-save=menu]").setAttribute("aria-expanded", "true");
}

function close({ find }) {
  find(".files").hidden = true;
  find("[data-save=menu]").setAttribute("aria-expanded", "false");
}

function leave(stage, menu) {
  close(stage);
  menu.focus();
}

function say({ find }, text) { find(".saved").textContent = text; }

async function save(stage, kind) {
  say(stage, kind === "webp" ? BUSY : "");
  const file = await KINDS[kind](stage);
  if (!file) return say(stage, NO_FILE);
  give(file, nameOf(stage, kind));
  return close(stage);
}

// "convolution-step-5.svg": what the page calls the picture, and the step where it has several.
export function nameOf({ picture, visibleStep }, kind) {
  const step = picture.steps > 1 && kind !== "webp" ? `-step-${visibleStep + 1}` : "";
  return `${named(picture.title, "picture")}${step}.${kind}`;
}

// Only a page that came safely may write there; else the words stand in the menu to be marked.
async function copyCaption(stage) {
  const caption = captionOf(stage);
  try {
    await navigator.clipboard.writeText(caption);
    say(stage, "Copied.");
  } catch {
    say(stage, caption);
  }
}
