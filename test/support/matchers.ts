import { expect } from 'vitest';
import type { Answer } from './service.js';

/** What one error of an answer is expected to say. */
export interface ExpectedError {
  code: string;
  /** The response path of the field that failed; left out for errors of the whole request. */
  path?: (string | number)[];
  /** The paths of the fields that broke a rule, in any order. */
  fields?: string[];
}

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** The answer has exactly one error, with this code, path and fields. */
    toFailWith(expected: ExpectedError): R;
    /** The answer has no error. */
    toSucceed(): R;
  }
}

function described({ errors }: Answer): ExpectedError | undefined {
  const [error] = errors ?? [];
  if (!error || errors?.length !== 1) return undefined;
  return {
    code: error.extensions.code,
    ...(error.path && { path: error.path }),
    ...(error.extensions.fields && { fields: error.extensions.fields.map(({ path }) => path).sort() }),
  };
}

expect.extend({
  toFailWith(answer: Answer, expected: ExpectedError) {
    const actual = described(answer);
    const wanted = { ...expected, ...(expected.fields && { fields: [...expected.fields].sort() }) };
    if (!('fields' in wanted) && actual) delete actual.fields;
    return {
      pass: this.equals(actual, wanted),
      message: () =>
        `expected exactly one error\n${this.utils.printExpected(wanted)}\nbut got\n${this.utils.printReceived(answer)}`,
    };
  },
  toSucceed(answer: Answer) {
    return {
      pass: answer.errors === undefined,
      message: () => `expected no error but got\n${this.utils.printReceived(answer.errors)}`,
    };
  },
});
