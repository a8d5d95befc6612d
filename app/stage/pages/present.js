// The stage: the states of a lecture, as large as the screen; see README.md.
import { Back, addNone } from "./back.js";
import { draw } from "./ballot.js";
import { Frames } from "./frames.js";
import { Line, asked, keep } from "./line.js";
import { listen } from "./turner.js";
import { Wish } from "./wish.js";

const [place, words] = ["vote", "words"].map((id) => document.getElementById(id));
const wanted = asked();
const OVERTAKEN = 1000; // milliseconds in which what the server said before a key counts no more
const LOOK = 500; // milliseconds between two looks at what the picture asks
let room = null, link = "", told = {}, turned = { version: 0, at: -OVERTAKEN };
let isBack = false; // whether the line was lost, and how things stand has not been heard since

const frames = new Frames(document.getElementById("frames"), {
  opened: (there) => {
    listen(there, turn);
    addNone(there);
  },
  good: (index) => sayOnce({ do: "good", index }),
});
const back = new Back(turn);
const wish = new Wish(() => performance.now());
const line = new Line(() => ({ role: "stage", ...wanted }), { heard, lost });

function heard(message) {
  if (message.error) return say(message.error);
  if (message.key) return admitted(message);
  say("");
  if (isBack) catchUp(message);
  const isRecent = performance.now() - turned.at < OVERTAKEN;
  if (isRecent && message.version <= turned.version) return undefined;
  room = message;
  show();
  wish.hear(room);
  return ask();
}

// The app goes where the room is, unless somebody has changed something meanwhile.
function catchUp({ version, index }) {
  isBack = false;
  if (version > room.version || index === room.index) return;
  line.say({ do: "go", index: room.index });
  turned = { version: room.version, at: performance.now() };
}

function ask() {
  if (wish.isDue(room, frames.hasCome()) && frames.questions().length) turn("live", true);
}

function admitted(message) {
  told = {};
  frames.retry();
  isBack = Boolean(room);
  Object.assign(wanted, { room: message.room, key: message.key });
  link = message.link;
  keep(message.room, message.key);
}

function show() {
  document.title = `${room.states[room.index].title} – ${room.code}`;
  document.body.classList.toggle("blank", room.blank);
  frames.show(room.states, room.index, room.reloads);
  frames.hold(room.phase);
  draw(place, room, link);
  back.follow(room.index > 0 || room.phase !== "state");
}

// The connection is lost: what is on the screen stays, and keys still turn the pages that are here.
function lost() {
  if (!room) say("The lecture comes as soon as the app answers.");
}

// Where a key leads that the app does not hear: to another page, since a vote needs the app.
function alone(what, known) {
  const isVote = what === "next" && room.phase === "state" && known.index === room.index;
  const index = known.index + isVote;
  if (!room.states[index]) return undefined;
  const isThere = frames.isThere(index);
  say(isThere ? "" : "The app does not answer; the next page comes as soon as it does.");
  return isThere ? { index, phase: "state" } : undefined;
}

function say(sentence) {
  words.textContent = sentence;
}

// The picture does not wait for the server.
function turnAtOnce(what, isHeard) {
  if (what === "blank") room.blank = !room.blank;
  const known = { next: room.next, previous: room.previous }[what];
  const there = known && !isHeard ? alone(what, known) : known;
  if (there?.phase === "vote" && room.question) {
    Object.assign(room, { phase: "vote", blank: false, vote: { ...room.question, count: 0 } });
  }
  if (there?.phase === "state") {
    Object.assign(room, { index: there.index, phase: "state", vote: null, blank: false });
    const last = room.states.length - 1;
    room.next = { index: Math.min(last, room.index + 1), phase: "unknown" };
    room.previous = { index: Math.max(0, room.index - 1), phase: "state" };
  }
  show();
}

function turn(what, wanted = false) {
  if (!room) return;
  if (what === "leave") return leave();
  if (what === "notes") return void open(`notes?room=${room.code}`, `notes ${room.code}`);
  const isLive = what === "live";
  const message = { do: isLive ? "vote" : what, version: room.version, live: isLive, wanted };
  if (message.do === "vote" && room.phase === "state") [message.question] = frames.questions();
  const isHeard = line.say(message);
  if (isHeard) turned = { version: room.version, at: performance.now() };
  if (isLive && message.question) frames.turn();
  turnAtOnce(what, isHeard);
}

// The speaker reads what can be asked, of a picture that is there.
function tell() {
  if (room.phase !== "state" || !frames.hasCome()) return;
  sayOnce({ do: "asks", index: room.index, names: frames.questions().map(({ name }) => name) });
}

// What the server has heard since the line was opened is not said again.
function sayOnce(message) {
  const says = JSON.stringify(message);
  if (told[message.do] !== says && line.say(message)) told[message.do] = says;
}

function look() {
  if (!room) return;
  ask();
  tell();
}

function leave() {
  location.href = room.states[room.index].link;
}

document.documentElement.dataset.stage = ""; // what the app's own keys look for
listen(globalThis, turn);
setInterval(look, LOOK);
