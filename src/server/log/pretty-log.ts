// Entries as people read them: the message, and below it what it leaves out.

import type { LoggedError } from "./logged-error.ts";

/** What of an entry is shown below its message (start-log.ts, request-log.ts). */
interface Entry {
  readonly msg?: string;
  readonly worker?: number;
  readonly needsToken?: boolean;
  readonly pages?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly operations?: readonly { readonly query?: string; readonly variables?: string }[];
  readonly err?: LoggedError;
}

interface Colors {
  readonly bold: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly dim: (text: string) => string;
}

const INDENT = "\n    ";

/**
 * Gives the text of a line of pino's, whose texts are clean (clean-log.ts). By `messageFormat` alone: as values,
 * pino-pretty prints what it finds as JSON, and in an error it reads, as JSON, lines that a client may have written.
 *
 * @throws where the package `pino-pretty`, which is optional, is missing.
 */
export async function prettyPrinter(hasColors: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  return prettyFactory({
    colorize: hasColors,
    customColors: "message:reset",
    useOnlyCustomProps: false,
    translateTime: "SYS:HH:MM:ss.l",
    include: "time,level",
    messageFormat: (log, _key, _label, { colors }) => textOf(log, colors),
  });
}

function textOf(
  { msg = "", worker, needsToken, pages, fields, operations = [], err }: Entry,
  colors: Colors,
): string {
  const lines = [
    (worker === undefined ? "" : colors.dim(`worker ${worker}: `)) + colors.bold(msg),
    ...table([
      ...Object.entries(pages ?? {}).map(([name, url]) => [name, colors.cyan(url)] as const),
      ...(needsToken ? [["token", "every request for GraphQL needs one"] as const] : []),
      ...Object.entries(fields ?? {}).map(([name, limits]) => [name, limitsText(limits)] as const),
    ]),
    ...operations.flatMap(({ query, variables }) => [query, variables]).filter((text) => text !== undefined),
    ...(err === undefined ? [] : [stackOf(err, colors)]),
  ];
  return lines.join("\n").replaceAll("\n", INDENT);
}

/** Two columns. */
function table(rows: readonly (readonly [name: string, text: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}

function limitsText(limits: Readonly<Record<string, number>>): string {
  return Object.entries(limits)
    .map(([name, value]) => `${name} ${value.toLocaleString("en")}`)
    .join(", ");
}

/** With those of its causes, which pino has put behind it. */
function stackOf({ stack, aggregateErrors = [] }: LoggedError, colors: Colors): string {
  const lines = stack.split("\n").map((line) => (/^\s+at /.test(line) ? colors.dim(line) : line));
  const others = aggregateErrors.map((one) => stackOf(one, colors).replaceAll("\n", INDENT));
  return [...lines, ...others.map((text) => `    ${text}`)].join("\n");
}
