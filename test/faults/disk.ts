/**
 * What a disk holds after the power went, by the rules that POSIX leaves a file system free to use: of a file only what was flushed is
 * certain, what was written since may be there, cut at any byte, or be zeros; and a name that was made, changed or removed is certain once its
 * folder was flushed. Names of one folder become certain in the order in which they changed, different folders in any order, and a rename is whole
 * or did not happen.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { JournalEntry } from './journal.ts';

interface File {
  readonly ino: number;
  /** Bytes that were flushed. */
  synced: number;
}

interface Change {
  /** In order of time; the same for both folders of a rename. */
  readonly number: number;
  readonly name: string;
  readonly now: File | Folder | undefined;
}

class Folder {
  readonly names = new Map<string, File | Folder>();
  certain = new Map<string, File | Folder>();
  changes: Change[] = [];

  set(number: number, name: string, now: File | Folder | undefined): void {
    if (now) this.names.set(name, now);
    else this.names.delete(name);
    this.changes.push({ number, name, now });
  }

  sync(): void {
    this.certain = new Map(this.names);
    this.changes = [];
  }
}

/** A number in [0, 1). */
export type Random = () => number;

export interface Remains {
  /** Paths from the root, with what each file holds; null for folders. */
  readonly entries: ReadonlyMap<string, Buffer | null>;
}

export class Disk {
  readonly #held: string;
  readonly #root: string;
  readonly #top = new Folder();
  readonly #files = new Map<number, File>();
  readonly #folders: Folder[] = [this.#top];

  /** @param root the folder that is there for certain; all names in the journal lie below it. */
  constructor(root: string, held: string, entries: readonly JournalEntry[]) {
    this.#root = root;
    this.#held = held;
    entries.forEach((entry, number) => this.#replay(entry, number + 1));
  }

  /** What could be there after a loss of power; without a source of chance the least of it. */
  after(random?: Random): Remains {
    const kept = this.#keptChanges(random);
    const entries = new Map<string, Buffer | null>();
    const contents = new Map<File, Buffer>();
    const visit = (folder: Folder, path: string): void => {
      const names = new Map(folder.certain);
      for (const { number, name, now } of folder.changes) {
        if (number > kept.get(folder)!) break;
        if (now) names.set(name, now);
        else names.delete(name);
      }
      for (const [name, found] of names) {
        const at = join(path, name);
        if (found instanceof Folder) {
          entries.set(at, null);
          visit(found, at);
          continue;
        }
        const content = contents.get(found) ?? this.#content(found, random);
        contents.set(found, content);
        entries.set(at, content);
      }
    };
    visit(this.#top, '');
    return { entries };
  }

  /** Makes the root hold that and nothing else. */
  restore({ entries }: Remains): void {
    for (const name of readdirSync(this.#root)) rmSync(join(this.#root, name), { recursive: true, force: true });
    for (const [path, content] of entries)
      if (content) writeFileSync(join(this.#root, path), content, { mode: 0o600 });
      else mkdirSync(join(this.#root, path), { mode: 0o700 });
  }

  #replay(entry: JournalEntry, number: number): void {
    if (!('disk' in entry)) return;
    switch (entry.disk) {
      case 'create': {
        const file: File = { ino: entry.ino, synced: 0 };
        this.#files.set(entry.ino, file);
        this.#folder(entry.path).set(number, basename(entry.path), file);
        return;
      }
      case 'empty': {
        const file = this.#files.get(entry.ino);
        if (file) file.synced = 0;
        return;
      }
      case 'sync': {
        const file = this.#files.get(entry.ino);
        if (file) file.synced = entry.size;
        return;
      }
      case 'mkdir': {
        const made = new Folder();
        this.#folders.push(made);
        this.#folder(entry.path).set(number, basename(entry.path), made);
        return;
      }
      case 'sync-folder':
        this.#at(entry.path).sync();
        return;
      case 'unlink':
      case 'rmdir':
        this.#folder(entry.path).set(number, basename(entry.path), undefined);
        return;
      case 'rename':
      case 'link': {
        const moved = this.#folder(entry.path).names.get(basename(entry.path));
        if (!moved) return; // a name that nobody wrote down, such as a socket's
        if (entry.disk === 'rename') this.#folder(entry.path).set(number, basename(entry.path), undefined);
        this.#folder(entry.to).set(number, basename(entry.to), moved);
        return;
      }
      case 'port':
    }
  }

  /** The folder in which a path lies. */
  #folder(path: string): Folder {
    return this.#at(dirname(path));
  }

  #at(path: string): Folder {
    if (path === this.#root) return this.#top;
    const found = this.#folder(path).names.get(basename(path));
    if (!(found instanceof Folder)) throw new Error(`the journal does not know the folder ${path}`);
    return found;
  }

  /** Of each folder the number of the last change that has become certain. */
  #keptChanges(random: Random | undefined): ReadonlyMap<Folder, number> {
    const kept = new Map<Folder, number>();
    for (const folder of this.#folders) {
      const numbers = [0, ...folder.changes.map(({ number }) => number)];
      const chance = random?.() ?? 0;
      const last = chance < 1 / 3 ? 0 : chance < 2 / 3 ? numbers.length - 1 : Math.floor(random!() * numbers.length);
      kept.set(folder, numbers[last]!);
    }
    // A rename from one folder to another happened in both or in none.
    for (let moved = true; moved;) {
      moved = false;
      for (const folder of this.#folders)
        for (const other of this.#folders)
          for (const { number } of folder.changes) {
            const lost = number <= kept.get(folder)! && number > kept.get(other)!;
            if (!lost || !other.changes.some((change) => change.number === number)) continue;
            kept.set(folder, number - 1);
            moved = true;
          }
    }
    return kept;
  }

  #content({ ino, synced }: File, random: Random | undefined): Buffer {
    const written = readFileSync(join(this.#held, String(ino)));
    const certain = Math.min(synced, written.length);
    if (!random) return written.subarray(0, certain);
    const chance = random();
    if (certain === written.length || chance < 1 / 4) return written;
    const cut = certain + Math.floor(random() * (written.length - certain + 1));
    if (chance < 3 / 4) return written.subarray(0, cut);
    const zeros = Buffer.from(written);
    zeros.fill(0, cut); // the length was written, the data were not
    return zeros;
  }
}
