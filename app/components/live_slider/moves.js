// What Python hears of a slider: one move is on its way at a time, the next one sent is the latest,
// and without an answer it is sent again.
const PAUSE = 100; // milliseconds at least between two moves
const PATIENCE = 3000; // milliseconds after which an answer will not come: the server was away

// A component with this slider was mounted: Python says where it is, in which version of the page,
// and how many moves it has heard of.
export function hear(slider, told, setStateValue) {
  if (told.version !== slider.version) take(slider, told);
  if (told.count === slider.count) slider.waiting = false; // Python has answered
  if (!slider.waiting) sendSoon(slider, setStateValue); // it moved on meanwhile
}

// Python is to know where the slider is now.
export function tell(slider, setStateValue) {
  slider.wanted = Number(slider.value);
  sendSoon(slider, setStateValue);
}

// A link, Back or another session says where the slider is; but of a move that is on its way Python
// hears after it has said so.
function take(slider, { version, value, count }) {
  slider.version = version;
  if (slider.waiting && count < slider.count) return;
  slider.value = slider.sent = slider.wanted = value;
  slider.count = Math.max(slider.count ?? 0, count);
  slider.waiting = false;
}

function sendSoon(slider, setStateValue) {
  const pause = slider.waiting ? PATIENCE : PAUSE;
  const due = (slider.sentAt ?? -Infinity) + pause;
  clearTimeout(slider.timer);
  slider.timer = setTimeout(() => {
    if (!slider.isConnected) return; // the page was left
    const value = slider.wanted;
    if (value === slider.sent && !slider.waiting) return;
    const count = slider.count + 1;
    Object.assign(slider, { sent: value, count, sentAt: performance.now(), waiting: true });
    setStateValue("moved", { value, count });
    sendSoon(slider, setStateValue); // again, should there be no answer
  }, Math.max(0, due - performance.now()));
}
