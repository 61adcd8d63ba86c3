// A trainer of two weights that says on standard error what it is asked to train from: each training adds the site's number plus one.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

const site = Number(process.env.BERTH_SITE_INDEX);
let folder = '.';
const save = (name, values) => {
  writeFileSync(join(folder, name), new Uint8Array(Float32Array.from(values).buffer));
  return join(folder, name);
};
const load = (path) => [...new Float32Array(new Uint8Array(readFileSync(path)).buffer)];
const answers = {
  init(message) {
    folder = message.folder;
    return {
      type: 'ready',
      tensors: [{ name: 'w', shape: [2] }],
      weightsFile: save('initial.f32', [0, 0]),
      samples: 1,
    };
  },
  train({ round, attempt, weightsFile }) {
    const weights = load(weightsFile);
    console.error(`round ${round} attempt ${attempt}: from ${basename(weightsFile)}`);
    return {
      type: 'trained',
      weightsFile: save(
        'local.f32',
        weights.map((w) => w + site + 1),
      ),
      loss: 0,
      samples: 1,
    };
  },
  evaluate: () => ({ type: 'evaluated', correct: 1, total: 1 }),
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  console.log(JSON.stringify(answers[message.type](message)));
});
