// Which literals of a query could be others, and the query would be as valid as it is.

import {
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  isScalarType,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";

/**
 * The scalars that free literals of a document stand for, by where these start in its text; graphql has found the
 * document valid. Its rules look at the value of a literal in four places only:
 *
 * - ValuesOfCorrectType has the scalar read it, and asks no more: neither do lists and input objects around it. So it
 *   is free as far as the scalar takes it, which whoever uses this has to ask (template.ts). What a scalar reads as a
 *   whole, as one for JSON reads a list, is not free in its parts.
 * - OverlappingFieldsCanBeMerged compares the arguments of fields that are merged: these are not free. Nor would
 *   field-comparisons.ts find them alike, as it weighs their text.
 * - Rules for `@defer`, `@stream` and subscriptions read what directives are given: in directives nothing is free.
 * - Default values decide where a variable may stand: in them nothing is free.
 *
 * Nor is what is not named here, descriptions say.
 */
export function freeLiterals(
  document: DocumentNode,
  schema: GraphQLSchema,
): ReadonlyMap<number, GraphQLScalarType> {
  const free = new Map<number, GraphQLScalarType>();
  for (const { node, args, merged } of new Walk(document, schema).fields) {
    if (merged.count > 1) continue;
    for (const { name, value } of node.arguments ?? []) {
      const type = args.find((arg) => arg.name === name.value)?.type;
      if (type !== undefined) addFree(free, value, type);
    }
  }
  return free;
}

/** Takes the way of graphql's validateInputLiteral to the scalars of a value. */
function addFree(free: Map<number, GraphQLScalarType>, node: ValueNode, given: GraphQLInputType): void {
  const type = getNullableType(given);
  if (isListType(type)) {
    for (const item of node.kind === Kind.LIST ? node.values : [node]) addFree(free, item, type.ofType);
  } else if (isInputObjectType(type)) {
    if (node.kind !== Kind.OBJECT) return;
    const fields = type.getFields();
    for (const { name, value } of node.fields) {
      const fieldType = fields[name.value]?.type;
      if (fieldType !== undefined) addFree(free, value, fieldType);
    }
  } else if (isScalarType(type) && isLiteral(node) && node.loc !== undefined) {
    free.set(node.loc.start, type);
  }
}

function isLiteral({ kind }: ValueNode): boolean {
  return kind === Kind.INT || kind === Kind.FLOAT || kind === Kind.STRING;
}

/** A field with arguments, what the schema says of these, and the fields that it may be merged with. */
interface FieldWithArguments {
  readonly node: FieldNode;
  readonly args: readonly GraphQLArgument[];
  readonly merged: MergedFields;
}

/**
 * Fields of one response name, in selection sets that are one or are merged themselves. So they are of one operation,
 * below fields of the same names. Where there are fragments, which may stand anywhere, one response name is enough.
 */
interface MergedFields {
  count: number;
  readonly within: Map<string, MergedFields>;
}

class Walk {
  readonly fields: FieldWithArguments[] = [];
  readonly #schema: GraphQLSchema;
  readonly #hasFragments: boolean;

  constructor({ definitions }: DocumentNode, schema: GraphQLSchema) {
    this.#schema = schema;
    this.#hasFragments = definitions.some(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    const anywhere = noFields();
    for (const definition of definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) {
        const around = this.#hasFragments ? anywhere : noFields();
        this.#visit(definition.selectionSet, schema.getRootType(definition.operation), around);
      } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#visit(definition.selectionSet, schema.getType(definition.typeCondition.name.value), anywhere);
      }
    }
  }

  #visit(
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | null | undefined,
    around: MergedFields,
  ): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        this.#visitField(selection, type, around);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition, selectionSet } = selection;
        const within = typeCondition === undefined ? type : this.#schema.getType(typeCondition.name.value);
        this.#visit(selectionSet, within, around);
      }
    }
  }

  #visitField(node: FieldNode, type: GraphQLNamedType | null | undefined, around: MergedFields): void {
    const responseName = (node.alias ?? node.name).value;
    const merged = around.within.get(responseName) ?? noFields();
    around.within.set(responseName, merged);
    merged.count += 1;
    // Fields of the introspection are not among them.
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    if (node.arguments !== undefined && field !== undefined)
      this.fields.push({ node, args: field.args, merged });
    if (node.selectionSet === undefined) return;
    const within = field === undefined ? undefined : getNamedType(field.type);
    this.#visit(node.selectionSet, within, this.#hasFragments ? around : merged);
  }
}

function noFields(): MergedFields {
  return { count: 0, within: new Map() };
}
