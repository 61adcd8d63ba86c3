/** Entry of the process in which files that a person or a spec names are read (see `file-reader.ts`). */
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { answerFileRequests } from './file-answering.ts';

answerFileRequests({ open, readdir, realpath, stat });
