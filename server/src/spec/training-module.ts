/** How `train.module` names what trains: an ES module by its file, a PyTorch module by a file or a package and a name in it. */

export type TrainingModuleName =
  | { readonly language: 'javascript'; readonly file: string }
  /** `file` is absent for `package.module:name`, which Python finds. */
  | { readonly language: 'python'; readonly file?: string; readonly name?: string };

/** `model.py`, `model.py:Net`, `package.module:make`; whatever else is an ES module. */
export function trainingModuleName(written: string): TrainingModuleName {
  const file = /^(.*\.py)(?::([A-Za-z_]\w*))?$/.exec(written);
  if (file !== null) return { language: 'python', file: file[1]!, ...(file[2] === undefined ? {} : { name: file[2] }) };
  const dotted = /^[A-Za-z_][\w.]*:([A-Za-z_]\w*)$/.exec(written);
  if (dotted !== null && !/\.[cm]?[jt]s$/.test(written)) return { language: 'python', name: dotted[1]! };
  return { language: 'javascript', file: written };
}
