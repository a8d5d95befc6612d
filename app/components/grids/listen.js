// Everything that the page tells the picture: pointer, buttons, slider, keys, size and theme.
import { actionOf, isForPicture, takeFocusBack } from "./keys.js";
import { firstCursor, isChosenFrom, movedCursor } from "./cursor.js";
import { click, hover, pick } from "./pointer.js";
import { listenToSaving } from "./save_menu.js";

const FOCUSED = 60; // milliseconds until the page has set its focus after a click
const THEMED = 200; // milliseconds until the page has its new size or theme

// Returns what ends it.
export function listen(stage) {
  const heard = new AbortController();
  const on = (target, name, handle) => {
    target.addEventListener(name, handle, { signal: heard.signal });
  };
  listenToPointer(stage, on);
  listenToButtons(stage, on);
  listenToSaving(stage, on);
  listenToSlider(stage, on);
  listenToKeys(stage, on);
  const sized = listenToSize(stage, on);
  return () => {
    heard.abort();
    sized.disconnect();
  };
}

function listenToPointer(stage, on) {
  on(stage.canvas, "pointermove", (event) => hover(stage, event));
  on(stage.canvas, "click", (event) => click(stage, event));
  on(stage.canvas, "pointerleave", () => {
    stage.player.hover(null);
    stage.beside.point(null);
  });
}

function listenToButtons(stage, on) {
  for (const button of stage.root.querySelectorAll("[data-do]")) {
    on(button, "click", (event) => {
      stage.act(button.dataset.do);
      const byMouse = event.detail > 0; // then the next keys are the picture's again
      if (byMouse) stage.root.focus({ preventScroll: true });
    });
  }
}

function listenToSlider(stage, on) {
  const slider = stage.find("input");
  on(slider, "input", () => {
    stage.scrubbing = true;
    stage.player.scrub(Number(slider.value) - 1);
  });
  on(slider, "change", () => {
    stage.scrubbing = false;
    stage.sendStep();
  });
}

function listenToKeys(stage, on) {
  const { root } = stage;
  on(document, "keydown", (event) => {
    if (!root.isConnected) stage.leave();
    else if (isForPicture(event, root) && pressed(stage, event)) event.preventDefault();
  });
  on(root, "blur", () => stage.choose(null));
  on(document, "pointerup", () => setTimeout(() => {
    if (!root.isConnected) stage.leave();
    else takeFocusBack(root);
  }, FOCUSED));
}

// Whether the key had a meaning.
function pressed(stage, event) {
  const { key } = event;
  if (isChosenFrom(stage.picture)) return chosen(stage, key, event.composedPath()[0]);
  const action = actionOf(key, stage.picture);
  if (action) stage.act(action);
  return action !== undefined;
}

// Arrows walk over cells that are there to be picked, Enter picks one.
function chosen(stage, key, target) {
  const { picture, cursor, root } = stage;
  if (target !== root) return false;
  if (key === "Enter" || key === " ") {
    const { grid, cell } = cursor ?? firstCursor(picture);
    pick(stage, picture.grids[grid], cell);
    stage.choose(null);
    return true;
  }
  const next = movedCursor(picture, cursor ?? firstCursor(picture), key);
  if (next) stage.choose(next);
  return next !== null;
}

function listenToSize(stage, on) {
  const later = () => setTimeout(() => stage.resize(), THEMED);
  on(matchMedia("(prefers-color-scheme: dark)"), "change", later);
  on(window, "resize", later);
  const sized = new ResizeObserver(() => stage.resize());
  sized.observe(stage.root.parentElement ?? stage.root);
  return sized;
}
