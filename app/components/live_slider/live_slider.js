// A slider that is heard while it moves.
import { hear, tell } from "./moves.js";

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
  hear(slider, data, setStateValue);
  slider.oninput = slider.onchange = () => {
    write();
    tell(slider, setStateValue);
  };
  write();
}
