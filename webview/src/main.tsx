/** The preview page: draws what the extension sends, sends back touches. It computes nothing of a spec. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { render } from 'preact';
import { App } from './app.tsx';
import { openChannel } from './channel.ts';
import './styles/page.css';
import './styles/states.css';
import './styles/tables.css';
import './styles/charts.css';
import './styles/inference.css';
import './styles/placement.css';
import './styles/federation.css';
import './styles/live.css';

const root = document.getElementById('page');
if (root !== null) {
  render(
    <main>
      <App channel={openChannel()} />
    </main>,
    root,
  );
}
