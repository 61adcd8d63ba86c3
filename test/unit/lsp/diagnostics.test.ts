import { describe, expect, it, vi } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic } from 'vscode-languageserver/node';
import { Diagnostics } from '../../../server/src/lsp/diagnostics.ts';
import { OpenText } from '../../../server/src/lsp/open-text.ts';
import type { Workspace } from '../../../server/src/lsp/workspace.ts';

/** A client that is sent problems, and a workspace that reads a text unless its name says that it cannot. */
function workspace(): {
  readonly workspace: Workspace;
  readonly sent: Map<string, readonly Diagnostic[]>;
  readonly log: string[];
} {
  const sent = new Map<string, readonly Diagnostic[]>();
  const log: string[] = [];
  const files = {
    read: () => undefined,
    content: () => undefined,
    fault: () => undefined,
    exists: () => false,
    list: () => [],
  };
  const read = (open: OpenText): unknown => {
    if (open.uri.includes('broken')) throw new RangeError('Maximum call stack size exceeded');
    return open.document(files, 0);
  };
  const connection = {
    languages: { diagnostics: { on: () => undefined } },
    console: { error: (line: string) => log.push(line) },
    sendDiagnostics: ({ uri, diagnostics }: { uri: string; diagnostics: readonly Diagnostic[] }) => {
      sent.set(uri, diagnostics);
      return Promise.resolve();
    },
  };
  const one = {
    connection,
    abilities: () => ({ pullDiagnostics: false, refreshDiagnostics: false }),
    read,
    soon: async (open: OpenText) => void read(open),
    knowledge: () => ({ outcome: () => undefined, status: () => undefined }),
  };
  return { workspace: one as unknown as Workspace, sent, log };
}

function open(name: string): OpenText {
  return new OpenText(TextDocument.create(`file:///w/${name}.berth.yaml`, 'berth', 1, 'kind: Nothing\n'));
}

describe('a text that cannot be checked', () => {
  it('is said to be one, and keeps no other from being checked', async () => {
    const { workspace: one, sent, log } = workspace();
    const diagnostics = new Diagnostics(one);
    diagnostics.changed(open('broken'));
    diagnostics.changed(open('whole'));
    await vi.waitFor(() => expect(sent.size).toBe(2));
    expect(sent.get('file:///w/broken.berth.yaml')).toMatchObject([
      { code: 'BERTH1042', message: expect.stringContaining('Maximum call stack size exceeded') as string },
    ]);
    expect(sent.get('file:///w/whole.berth.yaml')!.map(({ code }) => code)).toContain('BERTH1014');
    expect(log.join()).toContain('RangeError');
  });
});
