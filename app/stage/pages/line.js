// A window's line to the server, which comes back by itself after a restart.
const FIRST = 250, LAST = 1500; // milliseconds until the next try
const REFUSED = 1008, LATER = 1013;

export class Line {
  constructor(hello, { heard, lost }) {
    Object.assign(this, { hello, heard, lost, wait: FIRST, isRefused: false });
    this.open();
  }

  open() {
    const address = new URL("stage/live", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.onopen = () => this.socket.send(JSON.stringify(this.hello()));
    this.socket.onmessage = ({ data }) => this.take(JSON.parse(data));
    this.socket.onclose = ({ code }) => this.closed(code);
  }

  take(message) {
    this.wait = FIRST;
    this.heard(message);
  }

  closed(code) {
    if (code === REFUSED) return; // it has said why
    if (code !== LATER) this.lost(); // that has said why as well
    setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(LAST, this.wait * 1.5);
  }

  // Whether it could be said.
  say(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }
}

// The key of a lecture that this browser gives; the address does not show it to the room. A browser
// that keeps nothing knows it as long as the window is open.
const kept = {};

export function keyOf(room) {
  try {
    return localStorage.getItem(`lecture ${room}`) ?? kept[room] ?? "";
  } catch {
    return kept[room] ?? "";
  }
}

export function keep(room, key) {
  kept[room] = key;
  try {
    localStorage.setItem(`lecture ${room}`, key);
  } catch {} // refused: as above
  const address = new URL(location);
  address.search = new URLSearchParams({ room });
  address.hash = "";
  history.replaceState(history.state, "", address);
}

// What the address asks for: a room of this browser, one with its key, or a new lecture.
export function asked() {
  const search = new URLSearchParams(location.search);
  const room = (search.get("room") ?? "").toUpperCase();
  const key = new URLSearchParams(location.hash.slice(1)).get("key") || keyOf(room);
  return { room, key, lecture: search.get("lecture") ?? "" };
}
