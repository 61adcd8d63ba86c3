/** What runs in the process of a device: Berth's own JavaScript, or the user's Python with Berth's package for PyTorch. */
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryUrl } from '../../../../host/entry.ts';
import { pythonFor } from '../../../../host/python.ts';
import { PYTHON_PACKAGES } from '../../../../host/python-packages.ts';
import { trainingModuleName } from '../../../../spec/training-module.ts';
import type { TrainingPlacement } from '../../../../spec/types.ts';
import { commandEnvironment, findProgram } from '../agent/process-environment.ts';
import { DeviceFailure } from './training-faults.ts';

export interface DeviceProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As the process is to find it. */
  readonly module: string;
  /** Of the files of its checkpoints. */
  readonly checkpointEnding: '.f32' | '.safetensors';
  /** Whether it is told what memory its device has, and keeps within. */
  readonly keepsMemory: boolean;
}

type Train = NonNullable<TrainingPlacement['train']>;

/**
 * @param folder in which the module lies and runs.
 * @param chosen the Python to use where the spec names none; where nothing was chosen, as in plans of former versions, it is what lies around the folder.
 * @throws DeviceFailure where there is no such Python.
 */
export function deviceProgram(train: Train, folder: string, chosen?: string): DeviceProgram {
  const { module } = train;
  const { language } = trainingModuleName(module);
  if (language === 'javascript')
    return {
      command: process.execPath,
      args: [fileURLToPath(entryUrl('device-process'))],
      env: {},
      module: isAbsolute(module) ? module : join(folder, module),
      checkpointEnding: '.f32',
      keepsMemory: false,
    };
  const python = train.python ?? chosen ?? pythonFor(undefined, folder, {});
  if (findProgram(python, folder, commandEnvironment({})) === undefined)
    throw new DeviceFailure('python', `there is no program "${python}"`);
  return {
    command: python,
    args: ['-m', 'berth_torch.run'],
    env: {
      PYTHONPATH: PYTHON_PACKAGES,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1', // what the module prints is in the log at once
      TORCH_CPP_LOG_LEVEL: 'ERROR',
    },
    module,
    checkpointEnding: '.safetensors',
    keepsMemory: true,
  };
}
