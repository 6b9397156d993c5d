// Who can be chosen in the role switcher, and which choice is remembered.
// Tokens live in memory only: what is remembered is a choice's name.

/** The shape of `session.json`, which only a development gateway serves. */
interface Session {
  clinics: {
    id: string;
    name: string;
    tokens: Record<string, string>;
  }[];
}

/** One thing to choose: a role in a clinic. */
export interface Entry {
  /** The entry's name: unique, and no secret. */
  key: string;
  clinic: { id: string; name: string };
  role: string;
  token: string;
}

const REMEMBERED = 'atrium:role';

/** The entries of `session.json`; none when there is no such file, as in production. */
export async function loadEntries(): Promise<Entry[]> {
  try {
    const response = await fetch('./session.json', { cache: 'no-store' });
    if (!response.ok) return [];
    const { clinics } = (await response.json()) as Session;
    return clinics.flatMap(({ id, name, tokens }) =>
      Object.entries(tokens).map(([role, token]) => ({
        key: `${id}/${role}`,
        clinic: { id, name },
        role,
        token,
      })),
    );
  } catch {
    return [];
  }
}

/** The entry chosen earlier in this tab, else the first clinic's STAFF, else the first entry. */
export function initialEntry(entries: Entry[]): Entry | undefined {
  const remembered = sessionStorage.getItem(REMEMBERED);
  const first = entries[0];
  return (
    entries.find(({ key }) => key === remembered) ??
    entries.find(({ clinic, role }) => clinic.id === first?.clinic.id && role === 'STAFF') ??
    first
  );
}

export function rememberEntry(entry: Entry): void {
  sessionStorage.setItem(REMEMBERED, entry.key);
}
