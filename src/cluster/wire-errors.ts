// Errors on their way from a worker to a gateway: Jitney's own keep their code, those of a batch function their name.

import { isError } from "../batching/errors.ts";
import { BatchError, type BatchErrorCode } from "../batching/index.ts";
import type { WireError } from "./protocol.ts";
import { pack, unpack } from "./typed-json.ts";

/** An Error that a batch function gave on a worker. What it said there is for logs, unless it is a GraphQLError. */
export class RemoteError extends Error {
  override readonly name: string;
  /** Of a GraphQLError. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = name;
    this.extensions = extensions;
  }
}

/** What a user has thrown may be anything, and throw itself when it is looked at. */
export function toWire(thrown: unknown): WireError {
  try {
    return wireOf(thrown);
  } catch {
    return { name: "Error", message: "The worker threw something that cannot be looked at" };
  }
}

function wireOf(thrown: unknown): WireError {
  if (thrown instanceof BatchError) {
    const { code, message, retryAfterSeconds: seconds } = thrown;
    const isCount = typeof seconds === "number" && seconds >= 1;
    return { code: String(code), message: String(message), ...(isCount && { retryAfterSeconds: seconds }) };
  }
  if (!isError(thrown)) return { name: "Error", message: "The worker threw something that is no Error" };
  const [name, message] = [String(thrown.name), String(thrown.message)];
  // Those of others are never shown to anybody.
  const extensions = name === "GraphQLError" && "extensions" in thrown ? thrown.extensions : undefined;
  if (typeof extensions !== "object" || extensions === null || Array.isArray(extensions))
    return { name, message };
  try {
    return { name, message, extensions: pack("extensions", extensions).value };
  } catch {
    return { name, message };
  }
}

export function fromWire(error: WireError): Error {
  if ("code" in error) {
    const { code, message, retryAfterSeconds } = error;
    return new BatchError(isKnown(code) ? code : "BATCH_FAILED", message, { retryAfterSeconds });
  }
  const { name, message, extensions = {} } = error;
  return new RemoteError(name, message, unpackedOrNone(extensions));
}

/** None where another language has written a tag wrongly. */
function unpackedOrNone(extensions: unknown): Readonly<Record<string, unknown>> {
  try {
    return unpack(extensions) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** Every code has a status of its own: those of a later version have none here. */
const KNOWN: Readonly<Record<BatchErrorCode, true>> = {
  BATCH_QUEUE_FULL: true,
  BATCH_TIMEOUT: true,
  BATCH_FAILED: true,
  BATCH_KEY_TOO_HEAVY: true,
  BATCH_SHUTTING_DOWN: true,
};

function isKnown(code: string): code is BatchErrorCode {
  return Object.hasOwn(KNOWN, code);
}
