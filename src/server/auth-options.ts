// Who may ask: the options for it, and their checks. No message holds a secret.

import { OptionError } from "../batching/errors.ts";
import { StartError } from "./start-error.ts";

/** Either one token that all clients share, or JWTs. */
export type AuthOptions =
  | {
      /** The token that clients send as `Authorization: Bearer …`: 16 characters or more, as RFC 6750 allows them. */
      readonly token: string;
      readonly jwt?: never;
    }
  | { readonly jwt: JWTOptions; readonly token?: never };

/** How JWTs are verified: with exactly one of `secret`, `publicKey` and `jwksUri`. Tokens have to expire (`exp`). */
export interface JWTOptions {
  /** Shared with the issuer, for HS256: 32 bytes or more in UTF-8. */
  readonly secret?: string;
  /** The issuer's public key in PEM: RSA (2,048 bits or more), EC or Ed25519. */
  readonly publicKey?: string;
  /** Where the issuer publishes its keys: https, or http on this machine. Needs `issuer` and `audience`. */
  readonly jwksUri?: string;
  /** What the claim `iss` has to be; default: anything. */
  readonly issuer?: string;
  /** What the claim `aud` has to be, or hold; default: anything. */
  readonly audience?: string;
  /** Default: HS256 for a secret, else those that fit the key. */
  readonly algorithms?: readonly string[];
  /** The claim that names the partition: keys of different ones never share a batch. Default: all share. */
  readonly partitionClaim?: string;
}

export type AuthOptionName = "token" | keyof JWTOptions;

/** What messages call each option. */
export type AuthOptionNames = Readonly<Record<AuthOptionName, string>>;

const KEY_OPTIONS = ["secret", "publicKey", "jwksUri"] as const;
const TEXT_OPTIONS = ["publicKey", "issuer", "audience", "partitionClaim"] as const;

const NAMES: AuthOptionNames = {
  token: "auth.token",
  secret: "auth.jwt.secret",
  publicKey: "auth.jwt.publicKey",
  jwksUri: "auth.jwt.jwksUri",
  issuer: "auth.jwt.issuer",
  audience: "auth.jwt.audience",
  algorithms: "auth.jwt.algorithms",
  partitionClaim: "auth.jwt.partitionClaim",
};

const SYMMETRIC_ALGORITHMS = ["HS256", "HS384", "HS512"];
export const ASYMMETRIC_ALGORITHMS: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** What a client can send in `Authorization: Bearer …` (RFC 6750, section 2.1), and a guesser cannot guess. */
const TOKEN = /^[\w.~+/-]{16,}=*$/;

/** As long as what HS256 makes of it (RFC 7518, section 3.2). */
const LEAST_SECRET_BYTES = 32;

/**
 * Whatever is left out by mistake must not leave the door open: what is not known is refused too.
 *
 * @throws OptionError, and StartError for a secret, of which nothing is shown.
 */
export function checkAuth(given: unknown, names: AuthOptionNames = NAMES): AuthOptions | undefined {
  if (given === undefined) return undefined;
  if (!isObject(given) || "token" in given === "jwt" in given) {
    throw new OptionError("auth", "{ token } or { jwt }", given);
  }
  return "token" in given
    ? { token: checkToken(given.token, names.token) }
    : { jwt: checkJWT(given.jwt, names) };
}

function checkToken(given: unknown, name: string): string {
  if (typeof given === "string" && TOKEN.test(given)) return given;
  throw new StartError(`${name}: expected 16 or more of the characters A-Z a-z 0-9 - . _ ~ + /`);
}

function checkJWT(given: unknown, names: AuthOptionNames): JWTOptions {
  if (!isObject(given)) throw new OptionError("auth.jwt", "an object", given);
  const unknown = Object.keys(given).find((name) => name === "token" || !Object.hasOwn(names, name));
  if (unknown !== undefined) throw new OptionError("auth.jwt", "options that there are", unknown);
  const keys = KEY_OPTIONS.filter((name) => given[name] !== undefined);
  if (keys.length !== 1) {
    const [secret, ...others] = KEY_OPTIONS.map((name) => names[name]);
    throw new StartError(
      `JWTs are verified with one of ${secret}, ${others.join(" and ")}, but ${keys.length} of them were given`,
    );
  }
  for (const name of TEXT_OPTIONS) {
    const text = given[name];
    if (text !== undefined && (typeof text !== "string" || text === "")) {
      throw new OptionError(names[name], "a text that is not empty", text);
    }
  }
  if (given.secret !== undefined) checkSecret(given.secret, names.secret);
  if (given.jwksUri !== undefined) checkKeySet(given, names);
  if (given.algorithms !== undefined) {
    const possible = given.secret === undefined ? ASYMMETRIC_ALGORITHMS : SYMMETRIC_ALGORITHMS;
    checkAlgorithms(given.algorithms, possible, names.algorithms);
  }
  return given;
}

function checkSecret(given: unknown, name: string): void {
  const bytes = typeof given === "string" ? Buffer.byteLength(given) : 0;
  if (bytes >= LEAST_SECRET_BYTES) return;
  throw new StartError(`${name}: expected a text of ${LEAST_SECRET_BYTES} bytes or more, but got ${bytes}`);
}

/** A set of keys signs for many services, and whoever answers in its place signs for anyone. */
function checkKeySet(given: Readonly<Record<string, unknown>>, names: AuthOptionNames): void {
  const { jwksUri } = given;
  const { protocol, hostname, username, password } =
    (typeof jwksUri === "string" && URL.parse(jwksUri)) || {};
  // Not shown: they would be in the log too.
  if (username || password) {
    throw new StartError(`${names.jwksUri}: expected an address without a user name and a password`);
  }
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  if (protocol !== "https:" && !(protocol === "http:" && isLocal)) {
    throw new OptionError(names.jwksUri, "an address that begins with https://", jwksUri);
  }
  for (const name of ["issuer", "audience"] as const) {
    if (given[name] === undefined)
      throw new OptionError(names[name], `a text, with ${names.jwksUri}`, undefined);
  }
}

/** Not both kinds: who has a public key could sign with it as if it were a secret. */
function checkAlgorithms(given: unknown, possible: readonly string[], name: string): void {
  const isFine =
    Array.isArray(given) && given.length > 0 && given.every((algorithm) => possible.includes(algorithm));
  if (!isFine) throw new OptionError(name, `some of ${possible.join(", ")}`, given);
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null;
}
