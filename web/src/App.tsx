import { GraphiQL, type GraphiQLProps } from 'graphiql';
import { useMemo, useState } from 'react';
import { type Entry, initialEntry, rememberEntry } from './session';

const ENDPOINT = '/graphql';

const DEFAULT_QUERY = `# What is still to come in your clinic. Switch the role above to see what changes.
query Upcoming {
  upcomingAppointments(first: 10) {
    totalCount
    nodes {
      id
      startsAt
      status
      patient { id firstName lastName }
      provider { id displayName }
      room { name }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

type Fetcher = GraphiQLProps['fetcher'];

/** Sends an operation, as the holder of `token` in the clinic chosen. */
function createFetcher(token: string, clinic?: string): Fetcher {
  return async (params) => {
    const response = await fetch(ENDPOINT, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(clinic && { 'x-clinic-id': clinic }),
      },
      body: JSON.stringify(params),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`HTTP ${response.status}: ${text || response.statusText}`);
    }
  };
}

export function App({ entries }: { entries: Entry[] }) {
  const [entry, setEntry] = useState(() => initialEntry(entries));
  const [typedToken, setTypedToken] = useState('');
  const token = entry?.token ?? typedToken;
  // GraphiQL fetches the schema again when it is given another fetcher.
  const clinic = entry?.clinic.id;
  const fetcher = useMemo(() => createFetcher(token, clinic), [token, clinic]);

  return (
    <>
      <header className="bar">
        <strong>Atrium</strong>
        {entry ? (
          <RoleSwitcher
            entries={entries}
            selected={entry}
            onSelect={(chosen) => {
              rememberEntry(chosen);
              setEntry(chosen);
            }}
          />
        ) : (
          <TokenInput onToken={setTypedToken} />
        )}
      </header>
      <main>
        {/* No header editor, and nothing kept beyond the tab: GraphiQL would
            write headers into its history, and queries may name patients. */}
        <GraphiQL
          fetcher={fetcher}
          defaultQuery={DEFAULT_QUERY}
          isHeadersEditorEnabled={false}
          shouldPersistHeaders={false}
          storage={sessionStorage}
        />
      </main>
    </>
  );
}

interface RoleSwitcherProps {
  entries: Entry[];
  selected: Entry;
  onSelect: (entry: Entry) => void;
}

function RoleSwitcher({ entries, selected, onSelect }: RoleSwitcherProps) {
  const groups = Map.groupBy(entries, ({ clinic }) => clinic.id);
  return (
    <>
      <span className="clinic">{selected.clinic.name}</span>
      <select
        aria-label="Role"
        value={selected.key}
        onChange={({ target }) => onSelect(entries.find(({ key }) => key === target.value)!)}
      >
        {[...groups].map(([id, group]) => (
          <optgroup key={id} label={group[0]!.clinic.name}>
            {group.map(({ key, role }) => (
              <option key={key} value={key}>
                {role}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </>
  );
}

/** Hands over the token on Enter or when the field is left, not at every key. */
function TokenInput({ onToken }: { onToken: (token: string) => void }) {
  return (
    <input
      type="password"
      aria-label="Bearer token"
      placeholder="Bearer token"
      autoComplete="off"
      spellCheck={false}
      onBlur={({ target }) => onToken(target.value.trim())}
      onKeyDown={({ key, currentTarget }) => {
        if (key === 'Enter') onToken(currentTarget.value.trim());
      }}
    />
  );
}
