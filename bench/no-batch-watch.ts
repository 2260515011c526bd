// What src/graphql/batch-watch.ts would be if batches were neither traced nor told of: for the comparison with it.

export function originOf(): undefined {
  return undefined;
}

export function watchBatchesOf(): undefined {
  return undefined;
}
