// The line and the buttons below the picture, as the state has them.
import { isChosenFrom } from "./cursor.js";
import { writeQuiz } from "./quiz_controls.js";
import { hideSaving, showSaving } from "./save_menu.js";
import { sentenceOf, tallyOf } from "./sentences.js";

const PLAY = "M7 5v14l11-7z"; // the outline of a triangle, and of two bars
const PAUSE = "M6 5h4v14H6zM14 5h4v14h-4z";

// What a screen reader says of the keys.
const KEYS = [
  [({ quiz }) => quiz, "1 to 4 answer, page and arrow keys reveal and go on"],
  [({ puzzle }) => puzzle, "Enter or Page Down reveals, Y and N answer"],
  [({ player }) => player, "Arrow and page keys step, space plays, Enter pins the step"],
  [isChosenFrom, "Arrow keys walk over cells, comma and full stop over channels, Enter follows"],
  [() => true, ""],
];

// For another picture: what stays while it is walked through.
export function labelControls(stage) {
  const { picture, root, canvas, find } = stage;
  showSaving(stage);
  find(".play").hidden = !picture.player;
  find(".guess").hidden = !picture.puzzle;
  find(".asked").hidden = find(".options").hidden = !picture.quiz;
  find("input").max = picture.steps;
  canvas.setAttribute("aria-label", picture.alt);
  root.setAttribute("aria-label", picture.title);
  root.setAttribute("aria-description", KEYS.find(([fits]) => fits(picture))[1]);
}

export function writeControls(stage) {
  const { picture, player, puzzle, find } = stage;
  writeSentence(find(".sentence"), stage);
  writeSlider(stage);
  hideSaving(stage);
  writePlay(find("[data-do=play]"), player.playing);
  const disable = (name, off) => { find(`[data-do=${name}]`).disabled = off; };
  disable("back", stage.visibleStep === 0);
  disable("forward", stage.visibleStep === picture.steps - 1);
  find(".pin").hidden = !player.pinned;
  writeQuiz(stage);
  if (!picture.puzzle) return;
  disable("reveal", !puzzle.secret);
  disable("right", puzzle.secret || puzzle.solved);
  disable("wrong", puzzle.secret || puzzle.solved);
  find(".tally").textContent = tallyOf(puzzle);
}

// A screen reader reads each sentence, but none of those that fly past while it plays.
function writeSentence(line, stage) {
  line.setAttribute("aria-live", stage.playing ? "off" : "polite");
  const text = sentenceOf(stage);
  if (line.textContent !== text) line.textContent = text;
}

function writeSlider({ find, picture, visibleStep, scrubbing }) {
  const slider = find("input");
  if (!scrubbing) slider.value = visibleStep + 1;
  slider.setAttribute("aria-valuetext", `step ${visibleStep + 1} of ${picture.steps}`);
  find("output").textContent = `${visibleStep + 1} / ${picture.steps}`;
}

function writePlay(button, playing) {
  const name = playing ? "Pause" : "Play";
  button.querySelector("span").textContent = name;
  button.querySelector("path").setAttribute("d", playing ? PAUSE : PLAY);
  button.setAttribute("aria-label", name);
}
