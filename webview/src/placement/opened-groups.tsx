import { groupName } from './graph-walk.ts';

/** The groups that are open, each with a way to close it. */
export function Opened(props: { groups: readonly string[]; onClose: (group: string) => void; onCloseAll: () => void }) {
  return (
    <nav class="trail" aria-label="Opened groups">
      <span class="note">Opened:</span>
      {props.groups.map((group) => (
        <button
          key={group}
          type="button"
          class="tool"
          title={`Close ${groupName(group)} (Escape)`}
          onClick={() => props.onClose(group)}
        >
          {groupName(group)} <span aria-hidden="true">✕</span>
          <span class="sr-only">, close</span>
        </button>
      ))}
      {props.groups.length > 1 && (
        <button type="button" class="link" onClick={props.onCloseAll}>
          close all
        </button>
      )}
    </nav>
  );
}
