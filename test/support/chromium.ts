import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { LaunchOptions } from 'playwright-core';
import type { TestProject } from 'vitest/node';

/** How a Chromium is started. */
type Chromium = Pick<LaunchOptions, 'executablePath' | 'env'>;

declare module 'vitest' {
  interface ProvidedContext {
    /** The browser that the tests of pages use. */
    chromium: Chromium;
  }
}

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Finds the browser of `CHROMIUM_PATH`, one that is installed, or the one that comes with npm. */
export default async function provideChromium(project: TestProject): Promise<void> {
  const installed = [process.env.CHROMIUM_PATH, ...USUAL_PLACES].find((path) => path && existsSync(path));
  if (!installed && process.platform !== 'linux')
    throw new Error('No Chromium was found: say where one is in CHROMIUM_PATH.');
  project.provide('chromium', installed ? { executablePath: installed } : await unpackChromium());
}

/** Unpacks the packaged browser once, with the libraries that a bare system lacks, into a folder that a cut-off run does not spoil. */
async function unpackChromium(): Promise<Chromium> {
  const folder = resolve('temp', 'chromium');
  const done = join(folder, 'done');
  const packagedAt = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'));
  const temporary = process.env.TMPDIR;
  // The package unpacks to where temporary files are.
  process.env.TMPDIR = folder;
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const { default: packaged, inflate } = await import('@sparticuz/chromium');
    await packaged.executablePath();
    await inflate(join(packagedAt, '../bin/al2023.tar.br'));
    // The package's own names folders outside of this one.
    writeFileSync(join(folder, 'fonts.conf'), fontsOf(folder));
    writeFileSync(done, '');
  }
  if (temporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary;
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  } as Record<string, string>;
  return { executablePath: join(folder, 'chromium'), env };
}

const fontsOf = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
