// The engine against what core has computed: the largest difference, of every layer and of every
// picture that an attack has made. Runs in node and in a page, whose engine is a global one.

const SIDE = 28 * 28;

const part = (array, index, size) => array.subarray(index * size, (index + 1) * size);

function largest(ours, theirs) {
  return ours.reduce((most, value, index) => Math.max(most, Math.abs(value - theirs[index])), 0);
}

// `layers`: the numbers of the layers that core names; `expected`: theirs, digit by digit.
export function layerDifferences(engine, { kind, layers }, { weights, images, expected }) {
  const { forward, network, toInput } = engine;
  const net = network(kind, weights);
  const most = layers.map(() => 0);
  let start = 0;
  for (let index = 0; index < images.length / SIDE; index++) {
    const steps = forward(net, toInput(net, part(images, index, SIDE)));
    layers.forEach((layer, at) => {
      const { values } = steps[layer];
      const theirs = expected.subarray(start, (start += values.length));
      most[at] = Math.max(most[at], largest(values, theirs));
    });
  }
  if (start !== expected.length) throw new Error(`${start} numbers, not ${expected.length}`);
  return most;
}

// For each digit: how far its picture is from core's, the gradients, and whether it is a success.
export function attacked(engine, { kind, settings }, { weights, images, expected, noise }) {
  const { attack, METHODS, network, toInput } = engine;
  const net = network(kind, weights);
  return settings.map((setting, index) => {
    const { adversarial, gradients, success } = attack(
      net,
      toInput(net, part(images, index, SIDE)),
      { ...setting, method: METHODS[setting.method], noise: part(noise, index, SIDE) },
    );
    return [largest(adversarial, part(expected, index, SIDE)), gradients, success];
  });
}
