// A slider that is heard while it moves: one value is on its way at a time, and the next one sent is the latest.
export default function ({ data, parentElement, setStateValue }) {
  const slider = parentElement.querySelector("input");
  const show = () => { parentElement.querySelector("output").textContent = `${slider.value} ${data.unit}`; };
  const send = () => {
    const now = performance.now();
    const wait = Math.max(0, (slider.sentAt ?? -Infinity) + 100 - now);
    clearTimeout(slider.timer);
    slider.timer = setTimeout(() => {
      if (slider.waiting || Number(slider.value) === slider.sent) return;
      slider.sent = Number(slider.value);
      slider.sentAt = performance.now();
      slider.waiting = true;
      setStateValue("value", slider.sent);
    }, wait);
  };
  parentElement.querySelector(".name").textContent = data.label;
  slider.setAttribute("aria-label", data.label);
  slider.min = data.low;
  slider.max = data.high;
  slider.step = data.step;
  if (slider.sent === undefined) {
    slider.value = data.value;
    slider.sent = data.value;
  }
  if (data.value === slider.sent) slider.waiting = false; // Python has answered
  slider.oninput = () => { show(); send(); };
  slider.onchange = slider.oninput;
  show();
  if (!slider.waiting) send(); // it moved on meanwhile
}
