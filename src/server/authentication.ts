// Lets in who has a bearer token (RFC 6750), before anything of the request is read.

import { createHash, timingSafeEqual } from "node:crypto";
import type { Plugin } from "graphql-yoga";
import { PARTITION } from "../graphql/partition.ts";
import type { AuthOptions } from "./auth-options.ts";
import { createVerifier } from "./jwt.ts";
import type { Logger } from "./log/logger.ts";
import { refusalResponse } from "./send.ts";
import { badToken, NO_TOKEN, type Verdict, type Verifier } from "./verdict.ts";

/** Looks at an Authorization header, null where there is none, for any page that is not open to everyone. */
export type Authenticate = (authorization: string | null) => Promise<Verdict>;

/**
 * Answers 401, 403 or 503 to who may not ask, and tells batched fields of which partition everyone else is. The page of
 * GraphiQL is open, as a browser that is sent to a page sends no token: a plugin before this one serves it.
 */
export function useAuthentication(authenticate: Authenticate): Plugin<{ [PARTITION]?: string }> {
  return {
    async onRequest({ request, serverContext, fetchAPI, endResponse }) {
      const verdict = await authenticate(request.headers.get("authorization"));
      if ("refusal" in verdict) endResponse(refusalResponse(verdict.refusal, fetchAPI));
      else Object.assign(serverContext, { [PARTITION]: verdict.partition });
    },
  };
}

/** @throws StartError for a key that cannot be used, and where the package `jose` is missing. */
export async function createAuthenticate(options: AuthOptions, logger: Logger): Promise<Authenticate> {
  const verify =
    options.token === undefined ? await createVerifier(options.jwt, logger) : verifierOf(options.token);
  return async (authorization) => {
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
    return token === undefined ? { refusal: NO_TOKEN } : await verify(token);
  };
}

/** Compares hashes, in a time that tells nothing: neither where two tokens differ, nor how long the right one is. */
function verifierOf(expected: string): Verifier {
  const expectedHash = hash(expected);
  return (token) =>
    timingSafeEqual(hash(token), expectedHash)
      ? { partition: "" }
      : badToken("The bearer token is not valid");
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
