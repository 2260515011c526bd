// `@batch` on a field of the SDL: its definition, and the limits it sets.

import { type ConstDirectiveNode, type FieldDefinitionNode, valueFromASTUntyped } from "graphql";
import { OptionError } from "../batching/errors.ts";
import { checkLimits, FIELD_LIMIT_NAMES, type Limits } from "../batching/limits.ts";

/** The definition of `@batch`, to put beside an SDL that uses it: `typeDefs: [batchDirective, mySchema]`. */
export const batchDirective = /* GraphQL */ `
"""
Computes this field for many requests at once: what they ask for is held until the batch is full or its oldest
part has waited long enough, and then computed in one call.
"""
directive @batch(
  "A batch leaves at once when it holds so many keys: 1 or more, 32 unless set."
  maxBatchSize: Int
  "A batch leaves at once when its keys weigh so much together: more than 0, no limit unless set."
  maxBatchWeight: Float
  "A batch leaves when its oldest key has waited so many milliseconds: 0 or more, 10 unless set."
  maxDelayMs: Float
  "How many batches run at once: 1 or more, 4 unless set."
  concurrency: Int
  "How many callers may wait, one more is refused: 1 or more, 10,000 unless set."
  maxQueueSize: Int
  "How many milliseconds a caller waits at most, queue and run together: 1 or more, 30,000 unless set."
  timeoutMs: Float
) on FIELD_DEFINITION
`;

/** The limits that the directive has arguments for. */
export type DirectiveLimits = Partial<Omit<Limits, "abortGraceMs">>;

const ARGUMENTS: ReadonlySet<string> = new Set(FIELD_LIMIT_NAMES);

/**
 * The limits that `@batch` on a field sets; undefined where the field has no `@batch`.
 *
 * @throws OptionError for an argument that is no limit, and for a limit that cannot be used.
 */
export function directiveLimits(field: FieldDefinitionNode | null | undefined): DirectiveLimits | undefined {
  const directive = field?.directives?.find(({ name }) => name.value === "batch");
  if (directive === undefined) return undefined;
  const limits = argumentValues(directive);
  for (const name of Object.keys(limits)) {
    if (!ARGUMENTS.has(name)) throw new OptionError("@batch", `one of ${[...ARGUMENTS].join(", ")}`, name);
  }
  checkLimits(limits);
  return limits as DirectiveLimits;
}

/** Read from the text and not through the schema, which may lack the definition or have been built unchecked. */
function argumentValues(directive: ConstDirectiveNode): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const argument of directive.arguments ?? []) {
    const value = valueFromASTUntyped(argument.value);
    // A null is what an argument is that was not given.
    if (value !== null) values[argument.name.value] = value;
  }
  return values;
}
