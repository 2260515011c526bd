// A connection as it is, with no client library between: bytes go out as they are given, and answers come back as such.

import { connect, type Socket } from "node:net";
import { type HTTPResponse, HTTPResponses } from "./http-responses.ts";

/** How long an answer may take before it counts as none. */
const LONGEST_MS = 10_000;

/** Asks one after the other; opens another connection where the server has closed one. */
export class RawConnection implements Disposable {
  readonly #port: number;
  #socket: Socket | undefined;
  #responses = new HTTPResponses();

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /**
   * Sends each part in a packet of its own, and resolves with the whole answer.
   *
   * @throws Error where none comes, or the connection closes before it is whole.
   */
  async ask(...parts: readonly (string | Buffer)[]): Promise<HTTPResponse> {
    const socket = this.#connected();
    for (const part of parts) await written(socket, part);
    return await this.next();
  }

  /** Sends, and waits for nothing. */
  send(bytes: Buffer): void {
    this.#connected().write(bytes);
  }

  /** The next answer on the connection. */
  next(): Promise<HTTPResponse> {
    const socket = this.#connected();
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          const response = this.#responses.take(false);
          if (response === undefined) return;
          stop();
          if (response.headers.get("connection") === "close") this.#forget();
          resolve(response);
        } catch (error) {
          fail(error);
        }
      };
      const closed = (): void => fail(new Error(`closed after ${JSON.stringify(this.#responses.rest)}`));
      const fail = (error: unknown): void => {
        stop();
        this.#forget();
        reject(error);
      };
      const timer = setTimeout(() => fail(new Error("no answer")), LONGEST_MS);
      const stop = (): void => {
        clearTimeout(timer);
        socket.off("data", look).off("close", closed);
      };
      socket.on("data", look).once("close", closed);
      look();
    });
  }

  [Symbol.dispose](): void {
    this.#forget();
  }

  #connected(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    const responses = new HTTPResponses();
    socket.on("data", (chunk: Buffer) => responses.add(chunk)).on("error", () => {});
    this.#socket = socket;
    this.#responses = responses;
    return socket;
  }

  #forget(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

/**
 * All that comes until the server closes the connection, which it is to be asked for, or is silent for so long: bytes as
 * Latin-1.
 */
export async function rawUntilClose(
  url: string,
  bytes: Buffer | string,
  longestMs = LONGEST_MS,
): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" });
  socket.setTimeout(longestMs, () => socket.destroy());
  socket.write(bytes);
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

/** A turn of the event loop lies between two parts, so that they do not leave as one. */
function written(socket: Socket, part: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.write(part, () => setImmediate(resolve));
  });
}
