// The states of a lecture in frames of their own: those beside the one on the screen are there
// already when the key comes.
import { OPEN } from "./ballot.js";
import { asksItself, hasCome, leaveToVote, questionsOf } from "./question.js";

const READY = "[data-testid=stApp][data-test-script-state=notRunning]"
  + "[data-test-connection-state=CONNECTED]";
const FAULT = "[data-testid=stException], [data-testid=stAlertContentError]";
const CONTENT = "[data-testid=stMainBlockContainer] [data-testid=stElementContainer]";
const PENDING = "[data-testid=stSkeleton]"; // for what is on its way
const LOOK = 50; // milliseconds between two looks at a page that loads
const AHEAD = 2, BEHIND = 1; // states that are there beside the one on the screen

// The link of a state as the stage opens it.
export function linkOf({ link, controls }) {
  const settings = `present=1${controls.length ? `&controls=${controls.join(",")}` : ""}`;
  return link + (link.includes("?") ? "&" : "?") + settings;
}

export class Frames {
  constructor(host, { opened, good }) {
    Object.assign(this, { host, opened, good, frames: new Map(), reloads: 0, asked: 0 });
    this.phase = "state";
  }

  // The state that is on the screen from now on.
  show(states, index, reloads) {
    if (reloads !== this.reloads) this.drop(index);
    if (index !== this.index) this.asked = 0;
    Object.assign(this, { states, index, reloads });
    this.dropOthers();
    const front = this.at(index);
    for (const [other, frame] of this.frames) {
      if (other < index - BEHIND || other > index + AHEAD) this.drop(other);
      frame.classList.toggle("front", frame === front);
    }
    if (front.isReady) this.loaded(index, front);
  }

  // Keys that are not the stage's are the picture's, unless it does not answer now.
  focus() {
    const front = this.frames.get(this.index);
    if (front?.inert) globalThis.focus();
    else front?.contentWindow?.focus();
  }

  // A file that was saved meanwhile may have other states, or others in these places.
  dropOthers() {
    for (const [index, { link }] of this.frames) {
      if (!this.states[index] || link !== linkOf(this.states[index])) this.drop(index);
    }
  }

  at(index) {
    if (!this.frames.has(index)) this.frames.set(index, this.load(index));
    return this.frames.get(index);
  }

  load(index) {
    const frame = document.createElement("iframe");
    frame.title = this.states[index].title;
    frame.src = frame.link = linkOf(this.states[index]);
    frame.onload = () => this.open(frame);
    this.host.append(frame);
    this.watch(index, frame);
    return frame;
  }

  // Once for each page in it: one can be ready before all that it names has come.
  open(frame) {
    const page = frame.contentDocument;
    if (frame.heard === page) return;
    frame.heard = page;
    this.opened(frame.contentWindow);
  }

  watch(index, frame) {
    if (this.frames.has(index) && this.frames.get(index) !== frame) return;
    const page = frame.contentDocument;
    const isThere = page?.querySelector(READY) && page.querySelector(CONTENT);
    frame.isReady = Boolean(isThere && !page.querySelector(PENDING));
    if (frame.isReady) this.loaded(index, frame);
    else setTimeout(() => this.watch(index, frame), LOOK);
  }

  // Next ones are loaded one after the other, none beside the one that the room waits for.
  loaded(index, frame) {
    this.open(frame);
    if (index === this.index) this.hold(this.phase);
    if (index === this.index && !frame.contentDocument?.querySelector(FAULT)) this.good(index);
    if (!this.frames.get(this.index)?.isReady) return;
    const ahead = Array.from({ length: AHEAD }, (_, step) => this.index + 1 + step);
    const missing = ahead.find((one) => one < this.states.length && !this.frames.has(one));
    const isLoading = [...this.frames.values()].some((one) => !one.isReady);
    if (missing !== undefined && !isLoading) this.at(missing);
  }

  // Pages that could not come while the app did not answer are asked for again.
  retry() {
    for (const [index, { isReady }] of this.frames) if (!isReady) this.drop(index);
  }

  // Whether a state's page is there, so that it can be shown without the app.
  isThere(index) {
    return Boolean(this.frames.get(index)?.isReady);
  }

  drop(index) {
    this.frames.get(index)?.remove();
    this.frames.delete(index);
  }

  // Beside a vote a picture does not ask what it asks by itself; while that is open it does not
  // answer, either.
  hold(phase) {
    this.phase = phase;
    for (const [index, frame] of this.frames) {
      const isAsked = frame.isReady && asksItself(frame.contentDocument);
      frame.inert = isAsked && OPEN.includes(phase);
      if (isAsked) leaveToVote(frame.contentDocument, index === this.index && phase !== "state");
    }
    this.focus();
  }

  // Whether the page on the screen is there: before, it asks nothing yet.
  hasCome() {
    const front = this.frames.get(this.index);
    return Boolean(front?.isReady) && hasCome(front.contentDocument);
  }

  // What the picture on the screen asks: first what was not asked yet.
  questions() {
    const found = this.hasCome() ? questionsOf(this.frames.get(this.index).contentDocument) : [];
    const first = found.length ? this.asked % found.length : 0;
    return [...found.slice(first), ...found.slice(0, first)];
  }

  // The next question is another one.
  turn() {
    this.asked += 1;
  }
}
