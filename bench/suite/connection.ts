// One keep-alive connection of the load's client, with one request at a time. It is a plain socket: what the client costs
// is taken from the machine that the server needs too (bench/clients.ts compares it with autocannon).

import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What a server has answered; undefined once the connection has ended without an answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

const END_OF_HEAD = "\r\n\r\n";

export class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #text = "";
  #answered: ((answer: Answer | undefined) => void) | undefined;

  private constructor(socket: Socket, url: URL) {
    this.#socket = socket;
    this.#head =
      `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n` +
      "Accept: application/json\r\nContent-Length: ";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => this.#read(chunk));
    socket.on("error", () => {}); // It closes.
    socket.on("close", () => this.#settle(undefined));
  }

  static async open(url: URL): Promise<Connection> {
    const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true });
    await once(socket, "connect");
    return new Connection(socket, url);
  }

  /** @param body of ASCII; @param answered called once. */
  ask(body: string, answered: (answer: Answer | undefined) => void): void {
    this.#answered = answered;
    if (this.#socket.destroyed) this.#settle(undefined);
    else this.#socket.write(`${this.#head}${body.length}${END_OF_HEAD}${body}`, "latin1");
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#text = this.#text === "" ? chunk : this.#text + chunk;
    const answer = wholeAnswer(this.#text);
    if (answer === undefined) return;
    this.#text = "";
    this.#settle(answer);
  }

  #settle(answer: Answer | undefined): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(answer);
  }
}

/** The answer in a text, if it is all there: with a length, or in chunks (RFC 9112, section 6). */
export function wholeAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf(END_OF_HEAD);
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  const rest = text.slice(headEnd + END_OF_HEAD.length);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return rest.length < Number(length) ? undefined : { status, body: rest };
  const body = wholeChunks(rest);
  return body === undefined ? undefined : { status, body };
}

function wholeChunks(text: string): string | undefined {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (!(end + 2 <= text.length)) return undefined;
    if (size === 0) return body;
    body += text.slice(lineEnd + 2, end);
    at = end + 2;
  }
}
