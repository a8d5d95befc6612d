// Three pictures side by side: a photo, a map, and the map over the photo with the opacity of a
// slider. While the slider moves, only the browser works; Python hears of it when it is let go.
import { hear, tell } from "../live_slider/moves.js";

export default function ({ data, parentElement, setStateValue }) {
  const find = (selector) => parentElement.querySelector(selector);
  const write = (selector, text) => { find(selector).textContent = text; };
  const [photo, map, both] = data.captions;
  for (const image of parentElement.querySelectorAll(".photo")) fill(image, data.photo, photo);
  for (const image of parentElement.querySelectorAll(".map")) fill(image, data.map, map);
  fill(find(".colours"), data.colours, data.scale);
  write(".first", photo);
  write(".second", map);
  write(".low", data.low);
  write(".high", data.high);

  const slider = find("input");
  const blend = () => {
    const alpha = Number(slider.value);
    find(".over").style.opacity = alpha;
    write("output", alpha.toFixed(2));
    write(".third", both.replace("ALPHA", alpha.toFixed(2)));
  };
  hear(slider, { ...data, value: data.alpha }, setStateValue);
  slider.oninput = blend;
  slider.onchange = () => tell(slider, setStateValue);
  blend();
}

function fill(image, source, text) {
  image.src = source;
  image.alt = text;
}
