// The function that made a picture, line by line, with what each line read and made at the step
// that the picture shows. Every number was recorded while it ran; see README.md.
import { Listing } from "./listing.js";

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".code");
  root.listing ??= new Listing(root);
  for (const name of ["around", "below"]) root.style.setProperty(`--${name}`, `${data[name]}rem`);
  root.listing.take(data);
  globalThis.panel?.makeRoom(true);
  return () => {
    if (root.isConnected) return;
    globalThis.panel?.makeRoom(false);
    root.listing.leave();
    root.listing = undefined;
  };
}
