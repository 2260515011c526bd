// Who may ask, as the command is told: secrets by the environment, as others can read a command line, the rest by flags.

import { readFileSync } from "node:fs";
import {
  type AuthOptionNames,
  type AuthOptions,
  checkAuth,
  type JWTOptions,
} from "../server/auth-options.ts";
import { StartError, startError } from "../server/start-error.ts";

/** Options of JWTs that are no secrets; `--jwt-issuer` and so on. */
export const JWT_OPTION_NAMES = ["publicKey", "jwksUri", "issuer", "audience", "partitionClaim"] as const;

const NAMES: AuthOptionNames = {
  token: "JITNEY_TOKEN",
  secret: "JITNEY_JWT_SECRET",
  publicKey: "--jwt-public-key",
  jwksUri: "--jwt-jwks-uri",
  issuer: "--jwt-issuer",
  audience: "--jwt-audience",
  algorithms: "algorithms",
  partitionClaim: "--jwt-partition-claim",
};

/**
 * A variable that is set but empty is refused: what should have filled it has not, and the door must not stay open.
 *
 * @param jwt what the flags say; `publicKey` is the name of a file.
 * @throws OptionError, StartError
 */
export function readAuth(jwt: JWTOptions, env: NodeJS.ProcessEnv): AuthOptions | undefined {
  const { JITNEY_TOKEN: token, JITNEY_JWT_SECRET: secret } = env;
  const options = {
    ...jwt,
    ...(jwt.publicKey === undefined ? {} : { publicKey: readKey(jwt.publicKey) }),
    ...(secret === undefined ? {} : { secret }),
  };
  const isJWT = Object.keys(options).length > 0;
  if (token === undefined) return isJWT ? checkAuth({ jwt: options }, NAMES) : undefined;
  if (!isJWT) return checkAuth({ token }, NAMES);
  throw new StartError("JITNEY_TOKEN: expected either one token for all, or JWTs, but got both");
}

function readKey(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw startError("--jwt-public-key", error);
  }
}
