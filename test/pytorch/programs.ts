/** Programs in Python that tests run beside the device processes: what a module is made of, and how plain PyTorch trains it. */
import { json } from './python.ts';

/** Names of the inputs and ops of a module's training step, in order. */
export async function nodesOf(python: string, module: string, batchSize: number): Promise<readonly string[]> {
  return (await json(
    python,
    `
import json, sys
from berth_torch.program import trace
from berth_torch.user_module import Batches, load_user_module, make_module
user = load_user_module(sys.argv[1], ".")
program = trace(make_module(user), user.loss, Batches(user, int(sys.argv[2])).at(0))
print(json.dumps([*program.input_names, *(call.name for call in program.calls if not call.is_counter)]))`,
    module,
    String(batchSize),
  )) as readonly string[];
}

/** The losses of plain PyTorch in one process on one thread, as many as a device gets: nothing of Berth but the loading of the file. */
export async function plainLosses(
  python: string,
  module: string,
  { batchSize, steps, learningRate }: { batchSize: number; steps: number; learningRate: number },
): Promise<readonly number[]> {
  return (await json(
    python,
    `
import json, sys, torch
from berth_torch.user_module import Batches, load_user_module, make_module
torch.set_num_threads(1)
user = load_user_module(sys.argv[1], ".")
model, batches = make_module(user), Batches(user, int(sys.argv[2]))
optimizer = user.optimizer(model.parameters(), float(sys.argv[4]))
losses = []
for step in range(int(sys.argv[3])):
    output = model(**batches.at(step))
    loss = output if isinstance(output, torch.Tensor) else output.loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    losses.append(loss.item())
print(json.dumps(losses))`,
    module,
    String(batchSize),
    String(steps),
    String(learningRate),
  )) as readonly number[];
}
