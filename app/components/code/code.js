// The function that made a picture, line by line, with what each line read and made at the step
// that the picture shows. Every number was recorded while it ran; see README.md.
import { Listing } from "./listing.js";

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".code");
  root.listing ??= new Listing(root);
  root.listing.take(data);
  return () => {
    if (root.isConnected) return;
    root.listing.leave();
    root.listing = undefined;
  };
}
