// An entry for each GraphQL request, at debug: how it ended, and nothing of what it asked for, unless values are wanted.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type DocumentNode, getOperationAST, type OperationDefinitionNode } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { isForGraphQL, pathOf } from "../request-checks.ts";
import type { Logger } from "./logger.ts";

/** A name may be as long as a query. */
const NAME_CHARACTERS = 100;

/** Of a query text, and of its variables. */
const VALUE_CHARACTERS = 2_000;

/** Kinds of errors that are told apart, and operations that a message names. */
const MOST_CODES = 10;
const MOST_NAMED = 5;

type Counts = Readonly<Record<string, number>>;

interface Operation {
  type?: OperationDefinitionNode["operation"];
  name?: string;
  /** How many errors have each code; "none" for those without. */
  errors?: Counts;
  query?: string;
  variables?: string;
}

export interface RequestLog {
  /** Writes the entries of a server's requests. */
  readonly follow: (server: Server) => void;
  /** Sees what the operations of a request are. */
  readonly plugin: Plugin;
}

/** Undefined where debug is off: then it costs nothing. */
export function createRequestLog(logger: Logger, hasValues: boolean): RequestLog | undefined {
  if (!logger.isLevelEnabled("debug")) return undefined;
  const requests = new WeakMap<ServerResponse, Operation[]>();
  /** By the context of each. */
  const operations = new WeakMap<object, Operation>();

  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    const startMs = performance.now();
    const ofRequest: Operation[] = [];
    requests.set(response, ofRequest);
    response.once("close", () => {
      if (isForGraphQL(request))
        writeEntry(logger, request, response, ofRequest, performance.now() - startMs);
    });
  };

  return {
    follow(server) {
      server.on("request", begin);
      server.on("checkContinue", begin);
    },
    plugin: {
      onParams({ params, context }) {
        const operation: Operation = hasValues ? valuesOf(params) : {};
        operations.set(context, operation);
        // Yoga on node:http puts it there.
        const { res } = context as { readonly res?: ServerResponse };
        if (res !== undefined) requests.get(res)?.push(operation);
      },
      onParse:
        ({ context }) =>
        ({ result }) => {
          const operation = operations.get(context);
          if (operation === undefined || !isDocument(result)) return;
          tellOf(operation, result, context.params.operationName);
        },
      // The direct path parses nothing.
      onExecute({ args: { contextValue, document, operationName } }) {
        const operation = operations.get(contextValue);
        if (operation !== undefined && operation.type === undefined)
          tellOf(operation, document, operationName);
      },
      onExecutionResult({ result, context }) {
        const operation = operations.get(context);
        if (operation === undefined || result === undefined || isAsyncIterable(result)) return;
        if (result.errors !== undefined) operation.errors = countCodes(result.errors);
      },
    },
  };
}

/** By what the document says: the client may name an operation that there is not, with any text. */
function tellOf(
  operation: Operation,
  document: DocumentNode,
  operationName: string | null | undefined,
): void {
  const node = getOperationAST(document, operationName);
  if (node != null) operation.type = node.operation;
  if (node?.name !== undefined) operation.name = node.name.value.slice(0, NAME_CHARACTERS);
}

function writeEntry(
  logger: Logger,
  request: IncomingMessage,
  { headersSent, statusCode, writableFinished }: ServerResponse,
  operations: readonly Operation[],
  exactMs: number,
): void {
  const method = request.method ?? "";
  const path = pathOf(request);
  const ms = Math.round(exactMs * 10) / 10;
  const end = writableFinished
    ? { message: `${statusCode} in ${ms} ms`, fields: { status: statusCode, ms } }
    : {
        message: `aborted after ${ms} ms`,
        fields: { ...(headersSent ? { status: statusCode } : {}), ms, aborted: true },
      };
  const message = [end.message, ...operations.slice(0, MOST_NAMED).map(textOf)].join(", ");
  const more = operations.length > MOST_NAMED ? `, and ${operations.length - MOST_NAMED} more` : "";
  logger.debug({ method, path, ...end.fields, operations }, `${method} ${path}: ${message}${more}`);
}

function textOf({ type, name, errors = {} }: Operation): string {
  const named = [type ?? "no operation", name ?? ""].join(" ").trimEnd();
  const codes = Object.entries(errors).map(([code, count]) => `${count} ${code}`);
  return codes.length === 0 ? named : `${named} with errors (${codes.join(", ")})`;
}

function countCodes(
  errors: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[],
): Counts {
  const counts = new Map<string, number>();
  for (const { extensions } of errors) {
    const given = typeof extensions?.code === "string" ? extensions.code.slice(0, NAME_CHARACTERS) : "none";
    const code = counts.has(given) || counts.size < MOST_CODES ? given : "others";
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

function valuesOf(params: { readonly query?: unknown; readonly variables?: unknown } | null): Operation {
  const { query, variables } = params ?? {};
  return {
    ...(typeof query === "string" ? { query: query.slice(0, VALUE_CHARACTERS) } : {}),
    ...(variables == null ? {} : { variables: JSON.stringify(variables).slice(0, VALUE_CHARACTERS) }),
  };
}

function isDocument(result: unknown): result is DocumentNode {
  return typeof result === "object" && result !== null && "definitions" in result;
}
