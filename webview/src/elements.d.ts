import type { HTMLAttributes } from 'preact';

/** The controls of `@vscode-elements/elements` that the page uses, as JSX knows them. */
type Control<T = object> = HTMLAttributes<HTMLElement> & T;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'vscode-button': Control<{ secondary?: boolean; disabled?: boolean }>;
      'vscode-badge': Control<{ variant?: string }>;
      'vscode-progress-ring': Control;
      'vscode-textfield': Control<{ placeholder?: string; type?: string; value?: string; label?: string }>;
      'vscode-single-select': Control<{ value?: string; label?: string }>;
      'vscode-option': Control<{ value?: string; selected?: boolean }>;
    }
  }
}
