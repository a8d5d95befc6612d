// A slider that is heard while it moves: one value is on its way at a time, and the next one sent
// is the latest.
const PAUSE = 100; // milliseconds at least between two values

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
  if (slider.sent === undefined) slider.value = slider.sent = data.value;
  if (data.value === slider.sent) slider.waiting = false; // Python has answered
  slider.oninput = slider.onchange = () => {
    write();
    sendSoon(slider, setStateValue);
  };
  write();
  if (!slider.waiting) sendSoon(slider, setStateValue); // it moved on meanwhile
}

function sendSoon(slider, setStateValue) {
  const due = (slider.sentAt ?? -Infinity) + PAUSE;
  clearTimeout(slider.timer);
  slider.timer = setTimeout(() => {
    const value = Number(slider.value);
    if (slider.waiting || value === slider.sent) return;
    Object.assign(slider, { sent: value, sentAt: performance.now(), waiting: true });
    setStateValue("value", value);
  }, Math.max(0, due - performance.now()));
}
