// Reads the answers that come one after another over a connection, as a client with no library between sees them.

export interface HTTPResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes as Latin-1. */
  readonly body: string;
  /** All of it, as it came: bytes as Latin-1. */
  readonly raw: string;
}

export class HTTPResponses {
  #text = "";

  add(chunk: Buffer): void {
    this.#text += chunk.toString("latin1");
  }

  /** What came after the last whole answer. */
  get rest(): string {
    return this.#text;
  }

  /**
   * Takes the next whole answer; undefined where there is none yet. Those that only announce one (1xx) are left out.
   *
   * @param isHead whether it answers a HEAD: its length is that of a body that does not come.
   * @throws Error for what is no HTTP.
   */
  take(isHead: boolean): HTTPResponse | undefined {
    for (;;) {
      const end = this.#text.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      const [first = "", ...lines] = this.#text.slice(0, end).split("\r\n");
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
      if (Number.isNaN(status)) throw new Error(`no HTTP: ${JSON.stringify(this.#text.slice(0, 100))}`);
      const headers = new Map(lines.map(headerOf));
      const isInterim = status < 200;
      const body =
        isHead || isInterim || status === 204 || status === 304
          ? { text: "", end: end + 4 }
          : this.#body(headers, end + 4);
      if (body === undefined) return undefined;
      const raw = this.#text.slice(0, body.end);
      this.#text = this.#text.slice(body.end);
      if (!isInterim) return { status, headers, body: body.text, raw };
    }
  }

  #body(headers: ReadonlyMap<string, string>, start: number): { text: string; end: number } | undefined {
    if (headers.get("transfer-encoding") === "chunked") return this.#chunks(start);
    const length = Number(headers.get("content-length") ?? 0);
    const end = start + length;
    return this.#text.length < end ? undefined : { text: this.#text.slice(start, end), end };
  }

  #chunks(start: number): { text: string; end: number } | undefined {
    let text = "";
    for (let at = start; ; ) {
      const lineEnd = this.#text.indexOf("\r\n", at);
      if (lineEnd < 0) return undefined;
      const size = Number.parseInt(this.#text.slice(at, lineEnd), 16);
      if (Number.isNaN(size)) throw new Error(`no chunk: ${this.#text.slice(at, lineEnd)}`);
      const end = lineEnd + 2 + size + 2;
      if (this.#text.length < end) return undefined;
      text += this.#text.slice(lineEnd + 2, end - 2);
      if (size === 0) return { text, end };
      at = end;
    }
  }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
