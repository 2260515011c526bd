// Who takes part: what each runs on, and the program that serves it.

import type { LoadName } from "./loads.ts";

export type ContenderName = keyof typeof CONTENDERS;

export interface Contender {
  /** As tables say it. */
  readonly title: string;
  /** In bench/servers. */
  readonly program: string;
  readonly variant?: string;
  /** Packages whose versions the report tells. */
  readonly packages: readonly string[];
  /** Whose packages: those in bench/ or those of the project. */
  readonly from: "bench" | "root" | "python";
  /** Which loads it can be given; all, where nothing is said. */
  readonly loads?: readonly LoadName[];
}

/** No GraphQL, so no literals and no aliases. */
const WITHOUT_GRAPHQL: readonly LoadName[] = ["variables", "slow1", "slow4"];

/** Where what a server itself costs is not hidden by its back-end. */
const QUICK_LOADS: readonly LoadName[] = ["variables", "literals", "aliases"];

export const CONTENDERS = {
  bare: { title: "bare node:http", program: "bare.ts", packages: [], from: "bench" },
  jitney: {
    title: "Jitney",
    program: "jitney.ts",
    packages: ["graphql-yoga", "graphql", "dataloader"],
    from: "root",
  },
  yoga: {
    title: "Yoga",
    program: "yoga.ts",
    packages: ["graphql-yoga", "graphql", "dataloader"],
    from: "bench",
  },
  apollo: {
    title: "Apollo Server",
    program: "apollo.ts",
    packages: ["@apollo/server", "graphql", "dataloader"],
    from: "bench",
  },
  mercurius: {
    title: "mercurius",
    program: "mercurius.ts",
    packages: ["mercurius", "fastify", "graphql", "dataloader"],
    from: "bench",
  },
  "mercurius-jit": {
    title: "mercurius with jit",
    program: "mercurius.ts",
    variant: "jit",
    packages: ["mercurius", "graphql-jit", "fastify", "graphql", "dataloader"],
    from: "bench",
  },
  "graphql-http": {
    title: "graphql-http",
    program: "graphql-http.ts",
    packages: ["graphql-http", "graphql", "dataloader"],
    from: "bench",
  },
  "mercurius-batched": {
    title: "mercurius with jit and Jitney's batched()",
    program: "mercurius-batched.ts",
    packages: ["mercurius", "graphql-jit", "fastify", "graphql"],
    from: "bench",
  },
  floor: {
    title: "the floor: parse, execute, one DataLoader",
    program: "floor.ts",
    packages: ["graphql", "dataloader"],
    from: "bench",
    loads: QUICK_LOADS,
  },
  "fastapi-first-caller": {
    title: "FastAPI, the first caller waits",
    program: "fastapi-first-caller.py",
    packages: ["fastapi", "uvicorn"],
    from: "python",
    loads: WITHOUT_GRAPHQL,
  },
  "fastapi-polling": {
    title: "FastAPI, a task polls",
    program: "fastapi-polling.py",
    packages: ["fastapi", "uvicorn"],
    from: "python",
    loads: WITHOUT_GRAPHQL,
  },
} as const satisfies Readonly<Record<string, Contender>>;

export const CONTENDER_NAMES = Object.keys(CONTENDERS) as readonly ContenderName[]; // Its keys are just those.

/** The GraphQL servers of others, as they come: what "every peer" means. */
export const PEERS: readonly ContenderName[] = [
  "yoga",
  "apollo",
  "mercurius",
  "mercurius-jit",
  "graphql-http",
];

export function takesPart(name: ContenderName, load: LoadName): boolean {
  const { loads }: Contender = CONTENDERS[name];
  return loads === undefined || loads.includes(load);
}
