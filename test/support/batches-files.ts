// The page /batches as a browser loads it: with every file that it needs.

export interface LoadedFile {
  readonly status: number;
  /** As it was sent, compressed. */
  readonly bytes: number;
  readonly text: string;
}

/** Addresses that a text of the page names, seen from /batches. */
function namedIn(text: string, address: string): string[] {
  const names = [
    ...text.matchAll(/(?:src|href)="(?:\.\/)?(batches\/[\w./-]+)"/g),
    ...text.matchAll(/"(\.\/batches\/[\w./-]+)"/g),
    ...text.matchAll(/^(?:import|export) [^;]*?from ["'](\.\/[\w.-]+)["']/gm),
  ];
  return names.map(([, name = ""]) => new URL(name, address).href);
}

/** The page, and all files that it and they name, by their addresses. */
export async function loadPage(url: string): Promise<ReadonlyMap<string, LoadedFile>> {
  const found = new Map<string, LoadedFile>();
  const wanted = [`${url}/batches`];
  for (const address of wanted) {
    if (found.has(address)) continue;
    const response = await fetch(address, { headers: { "Accept-Encoding": "br" } });
    const text = await response.text();
    const { status, headers } = response;
    found.set(address, { status, bytes: Number(headers.get("content-length")), text });
    wanted.push(...namedIn(text, address));
  }
  return found;
}
