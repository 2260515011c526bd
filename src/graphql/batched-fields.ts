// Finds the batched fields of a schema, and makes their batchers before the first request.

import { type GraphQLSchema, isInterfaceType, isObjectType } from "graphql";
import { type Batcher, type Limits, OptionError } from "../batching/index.ts";
import { directiveLimits } from "./batch-directive.ts";
import { type BindOptions, bindOf } from "./batched.ts";
import { BatchedFieldError } from "./errors.ts";

/** One field of a schema whose resolver was made by `batched`. */
export interface BatchedField {
  /** `Query.upper` */
  readonly coordinate: string;
  readonly batcher: Batcher<unknown, unknown>;
  /** Makes another batcher of the field, which computes each key by itself, one after the other. */
  makeLone(): Batcher<unknown, unknown>;
}

/**
 * Makes the batcher of every batched field of a schema, and checks every `@batch`. Call it once at the start: what
 * is wrong shows then, not at the first request, and `drain` can find every batcher at the end.
 *
 * @param overrides limits that win over those in `@batch` and in code, for every field.
 * @throws BatchedFieldError for a bad limit, and for a `@batch` on a field whose resolver is not batched.
 * @example
 * const fields = bindBatchedFields(schema);
 * process.once("SIGTERM", () => Promise.all(fields.map(({ batcher }) => batcher.drain())));
 */
export function bindBatchedFields(
  schema: GraphQLSchema,
  overrides: Partial<Limits> = {},
  options: BindOptions = {},
): readonly BatchedField[] {
  const fields: BatchedField[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const [fieldName, field] of Object.entries(type.getFields())) {
      const coordinate = `${type.name}.${fieldName}`;
      const bind = isObjectType(type) ? bindOf(field.resolve) : undefined;
      const hasDirective = namingField(coordinate, () => directiveLimits(field.astNode)) !== undefined;
      if (isObjectType(type) && bind !== undefined) {
        const bound = namingField(coordinate, () => bind(schema, type, fieldName, overrides, options));
        const { batcher, makeLone } = bound;
        fields.push({ coordinate, batcher, makeLone });
      } else if (hasDirective) {
        throw new BatchedFieldError(`${coordinate}: ${misplaced(isInterfaceType(type))}`);
      }
    }
  }
  return fields;
}

function misplaced(isOnInterface: boolean): string {
  return isOnInterface
    ? "@batch belongs on the fields of object types, but this is a field of an interface"
    : "@batch needs a resolver made by batched(), but this field has another, or none";
}

function namingField<Result>(coordinate: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new BatchedFieldError(`${coordinate}: ${error.message}`, { cause: error });
  }
}
