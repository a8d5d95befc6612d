// A button that plays what keys turn; see README.md.
import { Walk } from "./walk.js";

const TICK = 50; // milliseconds between two looks
const PLAY = "M7 5v14l11-7z";
const PAUSED = "M6 5h4v14H6zM14 5h4v14h-4z";

export default function ({ parentElement }) {
  const button = parentElement.querySelector(".walk");
  if (button.walk) return;
  const walk = new Walk();
  button.walk = walk;
  const now = () => ({ turner: turnerOfPage(), now: performance.now() });
  button.onclick = () => {
    if (walk.isPlaying) walk.stop();
    else if (now().turner) run(button, walk, now);
    write(button, walk);
  };
}

function run(button, walk, now) {
  walk.start(now());
  const timer = setInterval(() => {
    if (button.isConnected) walk.tick(now());
    else walk.stop();
    if (walk.isPlaying) return;
    clearInterval(timer);
    write(button, walk);
  }, TICK);
}

// What Python declares on the page that can be played.
function turnerOfPage() {
  const roots = [...(globalThis.pageKeys?.turners ?? [])];
  return roots.find((root) => root.isConnected && root.turner.data.plays)?.turner;
}

function write(button, { isPlaying }) {
  const name = isPlaying ? "Pause" : "Play";
  button.setAttribute("aria-label", name);
  button.querySelector("span").textContent = name;
  button.querySelector("path").setAttribute("d", isPlaying ? PAUSED : PLAY);
}
