// What comes of a look at a bearer token (RFC 6750).

import type { Refusal } from "./send.ts";

export type Verdict =
  /** The partition of what this client loads; "" is that of all who have none. */
  { readonly partition: string } | { readonly refusal: Refusal };

/** Gives the verdict on a token. */
export type Verifier = (token: string) => Verdict | Promise<Verdict>;

export const NO_TOKEN: Refusal = {
  status: 401,
  code: "UNAUTHENTICATED",
  message: "A bearer token is needed, in the header Authorization",
  challenge: 'Bearer realm="jitney"',
};

/** @param message nothing of the token. */
export function badToken(message: string): Verdict {
  const challenge = 'Bearer realm="jitney", error="invalid_token"';
  return { refusal: { status: 401, code: "UNAUTHENTICATED", message, challenge } };
}
