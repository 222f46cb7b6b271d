import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';

const configuration = readFileSync('docs/configuration.md', 'utf8');
const example = readFileSync('.env.example', 'utf8');

/** What .env.example sets, once its lines are uncommented. */
const examples = [...example.matchAll(/^# ?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]);

test('docs/configuration.md has a row for each variable, once', () => {
  const rows = [...configuration.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  expect(rows).toHaveLength(examples.length);
  expect(new Set(rows)).toEqual(new Set(examples.map(([name]) => name)));
});

test('docs/configuration.md says the defaults as .env.example does', () => {
  const said = examples.flatMap(([name]) => {
    const [, value] = new RegExp(`^\\| \`${name}\` \\| \`([^\`]+)\``, 'm').exec(configuration) ?? [];
    // What has no default is an example there.
    return value === undefined ? [] : [[name, value]];
  });
  expect(said.length).toBeGreaterThan(40);
  expect(Object.fromEntries(examples)).toMatchObject(Object.fromEntries(said));
});

test('.env.example says the defaults: with all its lines set, little changes', () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = '';
  const environment = { ...Object.fromEntries(examples), OTEL_EXPORTER_OTLP_ENDPOINT } as Record<string, string>;
  expect(readConfig(environment)).toEqual(readConfig({}));
});

const documents = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'bench/README.md'].concat(
  readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);

test.each(documents)('the links of %s lead somewhere', (document) => {
  const text = readFileSync(document, 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#:\s]+)(#[\w-]+)?\)/g)].map(([, path = '']) => path);
  const missing = targets.filter((path) => !existsSync(join(dirname(document), path)));
  expect(missing).toEqual([]);
});
