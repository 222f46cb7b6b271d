import type { ApolloServerPlugin } from '@apollo/server';
import type { Context } from '../context.js';
import { currentOperation } from './operation-record.js';

/** Notes which operation of a valid document is answered. */
export const notedOperations: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        const record = currentOperation();
        if (!record) return;
        record.type = operation?.operation;
        record.name = operation?.name?.value;
      },
    };
  },
};
