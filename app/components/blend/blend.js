// Three pictures side by side: a photo, a map, and the map over the photo with the opacity of a slider.
// While the slider moves, only the browser works; Python hears of the opacity when it is let go.
export default function ({ data, parentElement, setStateValue }) {
  const find = (name) => parentElement.querySelectorAll(name);
  const slider = find("input")[0];
  const over = find(".over")[0];
  const write = (name, text) => { find(name)[0].textContent = text; };
  const show = () => {
    const alpha = Number(slider.value);
    over.style.opacity = alpha;
    write("output", alpha.toFixed(2));
    write(".third", data.captions[2].replace("ALPHA", alpha.toFixed(2)));
  };
  for (const [name, source, text] of [[".photo", data.photo, data.captions[0]], [".map", data.map, data.captions[1]]]) {
    for (const image of find(name)) {
      image.src = source;
      image.alt = text;
    }
  }
  find(".colours")[0].src = data.colours;
  find(".colours")[0].alt = data.scale;
  write(".first", data.captions[0]);
  write(".second", data.captions[1]);
  write(".low", data.low);
  write(".high", data.high);
  if (!slider.dataset.ready) {
    slider.value = data.alpha;
    slider.dataset.ready = "yes";
  }
  slider.oninput = show;
  slider.onchange = () => setStateValue("alpha", Number(slider.value));
  show();
}
