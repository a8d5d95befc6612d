// What a page has of a component: it names the script, which the browser fetches once and keeps.
const fetched = import(new URL(ADDRESS, window.location.origin).href);
let component = null;
fetched.then((script) => (component = script.default));

export default function (given) {
  if (component) return component(given);
  let end = null;
  let gone = false;
  fetched.then(() => {
    if (!gone) end = component(given);
  });
  return () => {
    gone = true;
    end?.();
  };
}
