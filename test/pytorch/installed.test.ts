import { expect, test } from 'vitest';
import { json, OLD_PYTORCH, PYTORCH } from './python.ts';

const VERSION = 'import json, torch; print(json.dumps(torch.__version__.split("+")[0]))';

test.skipIf(PYTORCH === undefined)('the current PyTorch exports programs', async () => {
  expect(await json(PYTORCH!, `import torch.export; ${VERSION}`)).toBe('2.15.0');
});

test.skipIf(OLD_PYTORCH === undefined)('the old PyTorch is 1.13, which exports none', async () => {
  expect(await json(OLD_PYTORCH!, VERSION)).toMatch(/^1\.13\./);
  await expect(json(OLD_PYTORCH!, `import torch.export; ${VERSION}`)).rejects.toThrow('torch.export');
});
