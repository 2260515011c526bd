// The same requests down both ways, the direct one and Yoga's, for answers to be compared byte for byte.

import { expect } from "vitest";
import { DirectRequest } from "../../src/server/direct/direct-request.ts";
import { RawConnection } from "./raw-connection.ts";
import { type ServedJitney, type ServeOptions, serve } from "./serve.ts";

/** A POST, without its path. */
export interface Posted {
  /** Lines, as they are sent. */
  readonly headers: readonly string[];
  readonly body: Buffer | string;
  /** Default: "length". */
  readonly framing?: Framing;
}

export type Framing = (typeof FRAMINGS)[number];

/** `packets`: with its body in several. */
export const FRAMINGS = ["length", "chunked", "packets", "expect"] as const;

/** What a resolver has seen. */
export interface Seen {
  readonly field: string;
  readonly args: unknown;
  readonly isDirect: boolean;
}

/** What came of one request. */
interface Outcome {
  /** All of the answer but its date. */
  readonly answer: string;
  /** Which resolvers have run, with which arguments. */
  readonly runs: string;
}

type ResolverArguments = [
  source: unknown,
  args: unknown,
  context: { readonly request: unknown },
  info: { readonly fieldName: string },
];

/** Where a request is no ordinary one, and is answered the same. */
export const YOGA_PATHS = ["/graphql?x", "/graphql/", "/graphql?"] as const;

export class BothWays implements AsyncDisposable {
  readonly server: ServedJitney;
  readonly #seen: Seen[];
  readonly #connection: RawConnection;
  readonly #normalise: (answer: string) => string;
  /** How many requests have been compared. */
  count = 0;
  /** How many of them have gone the direct way, as far as resolvers can tell. */
  directCount = 0;

  constructor(server: ServedJitney, seen: Seen[], normalise: (answer: string) => string) {
    this.server = server;
    this.#seen = seen;
    this.#connection = new RawConnection(server.url);
    this.#normalise = normalise;
  }

  /**
   * Sends it three times, as a query is known from its first time on, and expects the same each time.
   *
   * @param hint goes into the message of a failure.
   * @returns the answer.
   */
  async expectSame(posted: Posted, yogaPath: string = YOGA_PATHS[0], hint = ""): Promise<string> {
    const first = await this.#ask(posted, "/graphql");
    const again = await this.#ask(posted, "/graphql");
    const yoga = await this.#ask(posted, yogaPath);
    const message = `${hint} ${posted.headers.join("; ")} ${posted.framing ?? ""} ${posted.body}`;
    expect(again.outcome, message).toEqual(yoga.outcome);
    expect(first.outcome, message).toEqual(yoga.outcome);
    expect(yoga.isDirect).toBe(false);
    this.count += 1;
    if (again.isDirect) this.directCount += 1;
    return yoga.outcome.answer;
  }

  async #ask(posted: Posted, path: string): Promise<{ outcome: Outcome; isDirect: boolean }> {
    this.#seen.length = 0;
    const answer = await this.#connection.ask(...partsOf(posted, path)).then(
      ({ raw }) => this.#normalise(withoutDate(raw)),
      (error: Error) => {
        // A connection that is closed is an answer too; silence is none.
        if (!error.message.startsWith("closed")) throw new Error(`${posted.body}`, { cause: error });
        return error.message;
      },
    );
    const runs = JSON.stringify(this.#seen.map(({ field, args }) => [field, args]));
    return { outcome: { answer, runs }, isDirect: this.#seen.some((seen) => seen.isDirect) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]();
    await this.server.drain();
  }
}

/** @param normalise takes out of an answer what differs from one to the next. */
export async function serveBothWays(
  typeDefs: string,
  resolversOf: (see: <Resolver extends (...args: never) => unknown>(resolve: Resolver) => Resolver) => object,
  options: ServeOptions = {},
  normalise: (answer: string) => string = (answer) => answer,
): Promise<BothWays> {
  const seen: Seen[] = [];
  const see = <Resolver extends (...args: never) => unknown>(resolve: Resolver): Resolver => {
    const call = resolve as unknown as (...all: ResolverArguments) => unknown;
    const watched = (...all: ResolverArguments): unknown => {
      const [, args, context, info] = all;
      seen.push({ field: info.fieldName, args, isDirect: context.request instanceof DirectRequest });
      return call(...all);
    };
    // With what `batched` keeps at it.
    return Object.assign(watched, resolve) as unknown as Resolver;
  };
  return new BothWays(await serve(typeDefs, resolversOf(see), options), seen, normalise);
}

export function partsOf({ headers, body, framing = "length" }: Posted, path: string): readonly Buffer[] {
  const bytes = Buffer.from(body);
  const length = framing === "chunked" ? "Transfer-Encoding: chunked" : `Content-Length: ${bytes.length}`;
  const expectation = framing === "expect" ? ["Expect: 100-continue"] : [];
  const lines = [`POST ${path} HTTP/1.1`, "Host: jitney", ...headers, ...expectation, length];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const half = Math.floor(bytes.length / 2);
  if (framing === "packets") return [head, bytes.subarray(0, half), bytes.subarray(half)];
  if (framing !== "chunked") return [Buffer.concat([head, bytes])];
  const chunks = [bytes.subarray(0, half), bytes.subarray(half)].filter((chunk) => chunk.length > 0);
  const framed = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, "\r\n"]);
  return [Buffer.concat([head, ...framed.map((part) => Buffer.from(part)), Buffer.from("0\r\n\r\n")])];
}

export function withoutDate(raw: string): string {
  return raw.replace(/^Date: .*\r\n/m, "");
}
