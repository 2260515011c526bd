// Keys that an issuer publishes: `jose` keeps them, and looks again for one that it does not know, twice a minute at most.

import type { JWTVerifyGetKey } from "jose";
import type { Logger } from "./log/logger.ts";

type Jose = typeof import("jose");

/** How long an issuer that did not answer well is left alone: anyone can send tokens, and each would ask it. */
export const REST_SECONDS = 1;

/** The issuer's keys cannot be had: a fault that is not of the token. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";
}

export function remoteKeys(
  { createRemoteJWKSet, createLocalJWKSet, errors }: Jose,
  uri: string,
  logger: Logger,
): JWTVerifyGetKey {
  const find = createRemoteJWKSet(new URL(uri));
  const faultsOfTokens = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
  let isMissing = false;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  /** Without asking. A key that is not among those that are kept may be a new one. */
  const findKept: JWTVerifyGetKey = async (header, token) => {
    const kept = find.fresh ? find.jwks() : undefined;
    if (kept === undefined) throw new KeysUnavailableError("no keys");
    try {
      return await createLocalJWKSet(kept)(header, token);
    } catch (error) {
      throw error instanceof errors.JWKSNoMatchingKey
        ? new KeysUnavailableError("no such key", { cause: error })
        : error;
    }
  };
  return async (header, token) => {
    if (performance.now() - failedAtMs < REST_SECONDS * 1_000) return await findKept(header, token);
    try {
      const key = await find(header, token);
      isMissing = false;
      return key;
    } catch (error) {
      if (faultsOfTokens.some((fault) => error instanceof fault)) throw error;
      failedAtMs = performance.now();
      // Once, and not for each request that it hits.
      if (!isMissing) logger.error({ err: error }, `The keys that verify JWTs cannot be had from ${uri}`);
      isMissing = true;
      throw new KeysUnavailableError("no keys", { cause: error });
    }
  };
}
