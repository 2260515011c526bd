// The GraphQL layer's public face.

export { batchDirective, type DirectiveLimits } from "./batch-directive.ts";
export { BATCH_FACTS, type BatchFact, BatchFacts } from "./batch-facts.ts";
export { originFrom } from "./batch-watch.ts";
export {
  type BatchedOptions,
  type BatchedResolver,
  type BindOptions,
  batched,
  type KeyedOptions,
} from "./batched.ts";
export { type BatchedField, bindBatchedFields } from "./batched-fields.ts";
export { BatchedFieldError } from "./errors.ts";
export { EXECUTION_SIGNAL } from "./execution-signal.ts";
export { PARTITION } from "./partition.ts";
