// Verifies JWTs with `jose`, and takes the partition from a claim.

import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { ASYMMETRIC_ALGORITHMS, type JWTOptions } from "./auth-options.ts";
import type { Logger } from "./log/logger.ts";
import { KeysUnavailableError, REST_SECONDS, remoteKeys } from "./remote-keys.ts";
import type { Refusal } from "./send.ts";
import { StartError, startError } from "./start-error.ts";
import { badToken, type Verdict, type Verifier } from "./verdict.ts";

type Jose = typeof import("jose");

/** How far the clocks of issuer and server may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5;

const LEAST_RSA_BITS = 2_048;

const UNAVAILABLE: Refusal = {
  status: 503,
  code: "AUTHENTICATION_UNAVAILABLE",
  message: "The keys that verify bearer tokens cannot be had",
  retryAfterSeconds: REST_SECONDS,
};

/** @throws StartError for a key that cannot be used, and where the package `jose` is missing. */
export async function createVerifier(options: JWTOptions, logger: Logger): Promise<Verifier> {
  const { issuer, audience, partitionClaim } = options;
  const jose = await loadJose();
  const { key, algorithms } = keyOf(options);
  const rules = {
    algorithms: [...(options.algorithms ?? algorithms)],
    // One that never expires is good for ever in the hands of whoever finds it.
    requiredClaims: ["exp"],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const findKey = key === undefined ? remoteKeys(jose, options.jwksUri ?? "", logger) : () => key;
  return async (token) => {
    try {
      const { payload } = await jose.jwtVerify(token, findKey, rules);
      // JSON has numbers that are infinite here: 1e999.
      if (!Number.isFinite(payload.exp)) return badToken("The bearer token is not valid");
      return partitionClaim === undefined ? { partition: "" } : partitionIn(payload, partitionClaim);
    } catch (error) {
      if (error instanceof KeysUnavailableError) return { refusal: UNAVAILABLE };
      // Whatever else it is, this token has not been verified. What it is exactly is of use to forgers alone.
      const isExpired = error instanceof jose.errors.JWTExpired;
      return badToken(isExpired ? "The bearer token has expired" : "The bearer token is not valid");
    }
  };
}

/** Not the partition "", which all share who have none. And not 401: another token of that issuer is no better. */
function partitionIn(payload: Readonly<Record<string, unknown>>, claim: string): Verdict {
  const partition = payload[claim];
  if (typeof partition === "string" && partition !== "") return { partition };
  const message = `The bearer token has no claim ${JSON.stringify(claim)} that is a text`;
  return { refusal: { status: 403, code: "FORBIDDEN", message } };
}

/** It is optional: who needs no JWTs need not have it. */
async function loadJose(): Promise<Jose> {
  try {
    return await import("jose");
  } catch (error) {
    throw startError("cannot load what verifies JWTs, npm i jose@6", error);
  }
}

/** The key, and the algorithms that fit it; no key where there is a set of them elsewhere. */
function keyOf({ secret, publicKey }: JWTOptions): { key?: KeyObject; algorithms: readonly string[] } {
  if (secret !== undefined) return { key: createSecretKey(secret, "utf8"), algorithms: ["HS256"] };
  if (publicKey === undefined) return { algorithms: ASYMMETRIC_ALGORITHMS };
  const key = readPublicKey(publicKey);
  return { key, algorithms: algorithmsOf(key) };
}

function readPublicKey(pem: string): KeyObject {
  // Node would make the public key of it; but a private one is to be where tokens are signed, and nowhere else.
  if (pem.includes("PRIVATE KEY")) {
    throw new StartError("the public key for JWTs: expected a public key, but got a private one");
  }
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new StartError("the public key for JWTs cannot be read: expected PEM", { cause: error });
  }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails ?? {};
  const fitting: Readonly<Record<string, readonly string[]>> = {
    rsa: modulusLength < LEAST_RSA_BITS ? [] : ASYMMETRIC_ALGORITHMS.filter((name) => /^[RP]S/.test(name)),
    prime256v1: ["ES256"],
    secp384r1: ["ES384"],
    secp521r1: ["ES512"],
    ed25519: ["EdDSA", "Ed25519"],
  };
  const algorithms = fitting[asymmetricKeyType === "ec" ? namedCurve : (asymmetricKeyType ?? "")] ?? [];
  if (algorithms.length > 0) return algorithms;
  throw new StartError(
    `the public key for JWTs: expected RSA of ${LEAST_RSA_BITS} bits or more, EC (P-256, P-384, P-521) or Ed25519`,
  );
}
