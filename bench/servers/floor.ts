// The floor under any GraphQL server that batches across requests: node:http, graphql's own parse and execute, and one
// DataLoader for all, whose batch leaves when it is full or has waited. It validates nothing, bounds nothing and hears of no
// client that leaves: it shows what those cost in the others, and is no server to use.

import { createServer } from "node:http";
import DataLoader from "dataloader";
import { buildSchema, type DocumentNode, execute, parse } from "graphql";
import { backend, readText, serve } from "./program.ts";
import { TYPE_DEFS } from "./schema.ts";

/** As Jitney's (jitney.ts). */
const MAX_BATCH_SIZE = 32;
const MAX_DELAY_MS = 5;

interface Body {
  readonly query: string;
  readonly variables?: Readonly<Record<string, string>>;
}

let leave: (() => void) | undefined;
let timer: NodeJS.Timeout | undefined;
let waiting = 0;

function release(): void {
  const dispatch = leave;
  leave = undefined;
  waiting = 0;
  clearTimeout(timer);
  dispatch?.();
}

const loader = new DataLoader((words: readonly string[]) => backend.upper(words), {
  cache: false,
  batchScheduleFn: (dispatch) => {
    leave = dispatch;
    timer = setTimeout(release, MAX_DELAY_MS);
  },
});

const schema = buildSchema(TYPE_DEFS);
const upper = (_: unknown, { x }: { x: string }): Promise<string> => {
  const word = loader.load(x);
  waiting += 1;
  if (waiting === MAX_BATCH_SIZE) release();
  return word;
};
Object.assign(schema.getQueryType()?.getFields().upper ?? {}, { resolve: upper });

/** Texts with variables, which are always the same: all that are kept. */
const documents = new Map<string, DocumentNode>();

function documentOf({ query, variables }: Body): DocumentNode {
  if (variables === undefined) return parse(query);
  const document = documents.get(query) ?? parse(query);
  documents.set(query, document);
  return document;
}

await serve(
  createServer((request, response) => {
    readText(request, async (text) => {
      const body: Body = JSON.parse(text);
      const result = await execute({ schema, document: documentOf(body), variableValues: body.variables });
      const answer = JSON.stringify(result);
      response.setHeader("Content-Type", "application/json");
      response.setHeader("Content-Length", Buffer.byteLength(answer));
      response.end(answer);
    });
  }),
);
