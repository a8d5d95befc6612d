// A slider that is heard while it moves: one value is on its way at a time, and the next one sent
// is the latest.
const PAUSE = 100; // milliseconds at least between two values
const PATIENCE = 3000; // milliseconds after which an answer will not come: the server was away

export default function ({ data, parentElement, setStateValue }) {
  const slider = parentElement.querySelector("input");
  const write = () => {
    const text = `${slider.value} ${data.unit}`;
    parentElement.querySelector("output").textContent = text;
  };
  parentElement.querySelector(".name").textContent = data.label;
  slider.setAttribute("aria-label", data.label);
  slider.min = data.low;
  slider.max = data.high;
  slider.step = data.step;
  if (data.version !== slider.version) takePythons(slider, data);
  if (data.count === slider.count) slider.waiting = false; // Python has answered
  slider.oninput = slider.onchange = () => {
    write();
    sendSoon(slider, setStateValue);
  };
  write();
  if (!slider.waiting) sendSoon(slider, setStateValue); // it moved on meanwhile
}

// A link, Back or another session says where the slider is; but of a move that is on its way Python
// hears after it has said so.
function takePythons(slider, { version, value, count }) {
  slider.version = version;
  if (slider.waiting && count < slider.count) return;
  slider.value = slider.sent = value;
  slider.count = Math.max(slider.count ?? 0, count);
  slider.waiting = false;
}

function sendSoon(slider, setStateValue) {
  const pause = slider.waiting ? PATIENCE : PAUSE;
  const due = (slider.sentAt ?? -Infinity) + pause;
  clearTimeout(slider.timer);
  slider.timer = setTimeout(() => {
    if (!slider.isConnected) return; // the page was left
    const value = Number(slider.value);
    if (value === slider.sent && !slider.waiting) return;
    const count = slider.count + 1;
    Object.assign(slider, { sent: value, count, sentAt: performance.now(), waiting: true });
    setStateValue("moved", { value, count });
    sendSoon(slider, setStateValue); // again, should there be no answer
  }, Math.max(0, due - performance.now()));
}
