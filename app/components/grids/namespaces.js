// Those of a drawing and of what it links to, as a browser knows them. They are written nowhere,
// for a saved page names no address.
export function namespaces() {
  const box = document.createElement("div");
  box.innerHTML = '<svg xlink:href=""></svg>';
  const svg = box.firstChild;
  return { drawing: svg.namespaceURI, link: svg.attributes[0].namespaceURI };
}
