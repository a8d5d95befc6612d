// What a page has of a component: it names the script, which the browser fetches once and keeps.
// Until that is there the component is not to be seen: what would be done with it would be lost.
const fetched = import(new URL(ADDRESS, window.location.origin).href);
let component = null;
fetched.then((script) => (component = script.default));

export default function (given) {
  if (component) return start(given);
  let end = null;
  let gone = false;
  fetched.then(() => {
    if (!gone) end = start(given);
  });
  return () => {
    gone = true;
    end?.();
  };
}

function start(given) {
  given.parentElement.getRootNode().host.dataset.started = "";
  return component(given);
}
