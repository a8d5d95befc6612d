// "Where does it look?": maps of the ResNet that were computed for the bundled photos.
import { between, keep, settingsOf } from "./address.js";
import { choice, element, mounted } from "./dom.js";

const USUAL = { photo: 1, class: -1, alpha: 0.5 };

export function lookPage(place, site) {
  const { photos, classes, scale } = globalThis.photos;
  const settings = settingsOf(USUAL, {
    photo: between(1, photos.length), class: between(0, classes.length - 1), alpha: between(0, 1),
  });
  let count = 0;
  let version = 0;
  const blend = mounted("blend", (_, { value, count: heard }) => {
    [settings.alpha, count] = [value, heard];
    keep(settings, USUAL);
  });
  const said = element("p", { className: "said" });
  const caption = element("p", { className: "caption" });
  const row = element("div", { className: "thumbs photos" });
  row.append(...photos.map(({ url, name }, index) => {
    const button = element("button", { type: "button", className: "thumb", title: name });
    button.append(element("img", { src: url, alt: name }));
    button.onclick = () => { settings.photo = index + 1; draw(); };
    return button;
  }));
  const draw = () => {
    keep(settings, USUAL);
    const photo = photos[settings.photo - 1];
    const label = settings.class < 0 ? photo.predicted : settings.class;
    const { url, low, high, share } = photo.maps[label];
    const name = classes[label];
    [...row.children].forEach((button, index) => {
      button.setAttribute("aria-pressed", index === settings.photo - 1);
    });
    version += 1;
    blend.draw({
      photo: photo.url, map: url, colours: scale,
      captions: [`Input: ${photo.name}`, `Map of ${name}`, "Blend, alpha ALPHA"],
      low, high, scale: `from ${low} to ${high}`, alpha: settings.alpha, version, count,
    });
    const { predicted, maps } = photo;
    const seen = `The ResNet sees ${classes[predicted]}, ${maps[predicted].share}`;
    const other = label === predicted ? "" : `; this is the map of ${name}, ${share}`;
    said.textContent = `${seen}${other}.`;
    caption.textContent = `${photo.name}; map of ${name}, bilinear; colours from ${low} to ` +
      `${high}, clear at 0; computed by the ResNet when this site was made`;
  };
  const every = classes.map((one, index) => [String(index), one]);
  const options = [["-1", "what the network sees"], ...every];
  const pick = choice("Class of the map", options, String(settings.class), (value) => {
    settings.class = Number(value);
    draw();
  });
  const panel = element("div", { className: "panel" }, pick, row);
  const hero = element("div", { className: "hero" }, blend, said, caption);
  place.append(element("div", { className: "columns two" }, panel, hero));
  draw();
}
