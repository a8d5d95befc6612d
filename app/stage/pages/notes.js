// The speaker's notes; see README.md.
import { votes } from "./ballot.js";
import { Line, asked, keep } from "./line.js";
import { listen } from "./turner.js";

const $ = (id) => document.getElementById(id);
const PHASES = {
  vote: "the vote's result", result: "the answer, or a second vote", again: "both results",
  compared: "the answer", answer: "the answer",
};
const wanted = asked();
let notes = null, ahead = 0, listed = "";

const line = new Line(() => ({ role: "notes", ...wanted }), { heard, lost });

function heard(message) {
  if (message.error) return say(message.error);
  if (message.key) return admitted(message);
  say(message.words);
  notes = message;
  ahead = message.now - Date.now() / 1000;
  return show();
}

function admitted(message) {
  Object.assign(wanted, { room: message.room, key: message.key });
  keep(message.room, message.key);
}

function lost() {
  say(notes ? "The app does not answer; the stage shows what it has." : "The app does not answer.");
}

function say(sentence) {
  $("words").textContent = sentence;
}

function show() {
  document.querySelector("main").hidden = false;
  document.title = `Notes: ${notes.title}`;
  $("title").textContent = `${notes.index + 1} of ${notes.titles.length}: ${notes.title}`;
  for (const id of ["say", "ask", "answer", "misconception"]) $(id).textContent = notes[id];
  $("choices").replaceChildren(...notes.choices.map(choice));
  $("next").textContent = next();
  $("asks").textContent = notes.asks.join("; then: ") || "nothing";
  list();
  document.querySelector("[data-do=blank]").firstChild.textContent =
    notes.blank ? "The screen is dark " : "Dark screen ";
  tick();
}

// Built anew only where it has changed: a vote that comes in leaves its place and its focus.
function list() {
  const shown = JSON.stringify([notes.titles, notes.index]);
  if (shown === listed) return;
  listed = shown;
  $("states").replaceChildren(...notes.titles.map(state));
  $("states").querySelector(".here")?.scrollIntoView({ block: "nearest" });
}

function choice(text, index) {
  const item = document.createElement("li");
  item.className = index === notes.right ? "right" : "";
  const voted = notes.counts.length ? `${votes(notes.counts[index])}: ` : "";
  item.append(`${voted}${text}`);
  const reason = index === notes.right ? "right" : notes.wrong[index];
  if (reason) {
    item.append(Object.assign(document.createElement("i"), { textContent: ` (${reason})` }));
  }
  return item;
}

function next() {
  const { phase, index } = notes.next;
  if (index !== notes.index) return notes.next_title;
  if (phase === "state" || phase === notes.phase) return "the end";
  return { vote: "the room votes", again: "a second vote" }[phase] ?? PHASES[notes.phase];
}

function state(title, index) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { textContent: title });
  button.className = index === notes.index ? "here" : "";
  button.onclick = () => line.say({ do: "go", index });
  item.append(button);
  return item;
}

const clock = (seconds) => {
  const whole = Math.floor(Math.abs(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

function tick() {
  if (!notes) return;
  const passed = notes.started ? Math.max(0, Date.now() / 1000 + ahead - notes.started) : 0;
  const late = passed - notes.planned_end, early = notes.planned - passed;
  const words = late > 0 ? `${clock(late)} late` : early > 0 ? `${clock(early)} early` : "in time";
  $("clock").className = late > 0 ? "late" : "";
  const standing = notes.started ? words : "starts with the first key";
  $("clock").textContent = `${clock(passed)} of ${clock(notes.whole)}, ${standing}`;
}

function turn(what) {
  if (["notes", "leave"].includes(what)) return; // the stage's own
  line.say(what === "live" ? { do: "vote", live: true } : { do: what });
}

for (const button of document.querySelectorAll("[data-do]")) {
  button.onclick = () => turn(button.dataset.do);
}
listen(globalThis, turn);
setInterval(tick, 500);
