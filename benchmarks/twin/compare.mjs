// The site's engine against what core has computed: the largest difference of every layer, of the
// maps of every class and of every picture that an attack has made. Runs in node and in a page.

const SIDE = 28 * 28;
const POOL2 = 6; // the engine's number of the small CNN's last maps

const part = (array, index, size) => array.subarray(index * size, (index + 1) * size);

function largest(ours, theirs) {
  return ours.reduce((most, value, index) => Math.max(most, Math.abs(value - theirs[index])), 0);
}

function allTaken(taken, { length }) {
  if (taken !== length) throw new Error(`${taken} numbers, not ${length}`);
}

// `layers`: the numbers of the layers that core names; `expected`: theirs, digit by digit.
export function layerDifferences(engine, { network, layers }, { images, expected }) {
  const net = engine.netOf(network);
  const most = layers.map(() => 0);
  let start = 0;
  for (let index = 0; index < images.length / SIDE; index++) {
    const steps = engine.forward(net, engine.toInput(net, part(images, index, SIDE)));
    layers.forEach((layer, at) => {
      const { values } = steps[layer];
      const theirs = expected.subarray(start, (start += values.length));
      most[at] = Math.max(most[at], largest(values, theirs));
    });
  }
  allTaken(start, expected);
  return most;
}

// The map of every class: what each cell of the last maps adds to its logit.
export function mapDifferences(engine, { network }, { images, expected }) {
  const net = engine.netOf(network);
  let [start, most] = [0, 0];
  for (let index = 0; index < images.length / SIDE; index++) {
    const steps = engine.forward(net, engine.toInput(net, part(images, index, SIDE)));
    for (let label = 0; label < 10; label++) {
      const values = engine.sharesOf(net, steps, label, POOL2);
      most = Math.max(most, largest(values, expected.subarray(start, (start += values.length))));
    }
  }
  allTaken(start, expected);
  return most;
}

// For each digit: how far its picture is from core's, the gradients, and whether it is a success.
export function attacked(engine, { network, settings }, { images, expected, noise }) {
  const net = engine.netOf(network);
  return settings.map((setting, index) => {
    const { adversarial, gradients, success } = engine.attack(
      net,
      engine.toInput(net, part(images, index, SIDE)),
      {
        ...setting, method: engine.methodOf(setting.method, setting.gradients),
        noise: part(noise, index, SIDE),
      },
    );
    return [largest(adversarial, part(expected, index, SIDE)), gradients, success];
  });
}
