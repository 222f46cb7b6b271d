import { type Change, CriticalityLevel, diff } from '@graphql-inspector/core';
import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

/**
 * What of a schema breaks clients of the released one, a sentence each, with what was announced left out: a field, an
 * argument, an input's field or an enum's value may go once a release has said that it is deprecated.
 */
export async function findBreakingChanges(released: GraphQLSchema, current: GraphQLSchema): Promise<string[]> {
  const changes = await diff(released, current);
  return changes.filter((change) => isBreaking(change) && !isAnnounced(released, change)).map(({ message }) => message);
}

const isBreaking = ({ criticality }: Change) => criticality.level === CriticalityLevel.Breaking;

function isAnnounced(released: GraphQLSchema, { type, path = '' }: Change): boolean {
  // Nothing returns or takes a type that is gone: what did so is a change of its own.
  if (type === 'TYPE_REMOVED') return true;
  return type.endsWith('_REMOVED') && typeof elementAt(released, path)?.deprecationReason === 'string';
}

/** What a path such as `Product.price.currency` names. */
function elementAt(schema: GraphQLSchema, path: string): { deprecationReason?: string | null } | undefined {
  const [typeName = '', name = '', argument] = path.split('.');
  const type = schema.getType(typeName);
  if (isEnumType(type)) return type.getValue(name) ?? undefined;
  if (isInputObjectType(type)) return type.getFields()[name];
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  const field = type.getFields()[name];
  return argument === undefined ? field : field?.args.find((each) => each.name === argument);
}
