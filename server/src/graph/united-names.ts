/**
 * Names that mean one thing are united: names that stand together on one item belong to one class, and so do classes that share
 * a name, however long the chain. A class is called by its shortest name, of equally long ones by the first in the alphabet
 * (of code units, so that the result depends on no locale), as TensorFlow's graphs are grouped in Baechi.
 *
 * @param namesOf names of every item; an item without names has no class.
 * @returns the class of every item, by its name.
 */
export function unitedNames(namesOf: readonly (readonly string[])[]): (string | undefined)[] {
  const leader = new Map<string, string>();
  const find = (name: string): string => {
    let top = name;
    for (let next = leader.get(top); next !== undefined && next !== top; next = leader.get(top)) top = next;
    for (let step = name; step !== top;) {
      const next = leader.get(step) ?? top;
      leader.set(step, top);
      step = next;
    }
    return top;
  };
  for (const names of namesOf) {
    const [first] = names;
    if (first === undefined) continue;
    for (const name of names) {
      const [a, b] = [find(first), find(name)];
      if (a === b) leader.set(a, a);
      else if (goesBefore(a, b)) leader.set(b, a);
      else leader.set(a, b);
    }
  }
  return namesOf.map(([first]) => (first === undefined ? undefined : find(first)));
}

/** Whether a class with these two names is called by the first of them. */
export function goesBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}
