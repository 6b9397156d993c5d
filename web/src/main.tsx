// The workers must be set up before anything creates a Monaco editor.
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './style.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { loadEntries } from './session';

const root = createRoot(document.getElementById('root')!);
const entries = await loadEntries();

root.render(
  <StrictMode>
    <App entries={entries} />
  </StrictMode>,
);
