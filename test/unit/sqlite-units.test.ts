import { describe, expect, test, vi } from 'vitest';
import { LostRace } from '../../src/database/lost-race.js';
import { type Control, SqliteUnits, type Writer } from '../../src/database/sqlite-units.js';
import { Turns } from '../../src/shared/turns.js';

/** A connection that notes what it is told, and fails where it is to. */
class NotingWriter implements Writer {
  readonly turns = new Turns();
  readonly told: string[] = [];
  fails: Control | undefined;
  /** As by another process that writes. */
  isHeld = false;
  private isOpen = false;

  isInTransaction(): boolean {
    return this.isOpen;
  }

  async beginImmediate(): Promise<void> {
    this.told.push('begin');
    this.isOpen = true;
  }

  beginAtOnce(): boolean {
    if (this.isHeld) return false;
    this.told.push('begin');
    this.isOpen = true;
    return true;
  }

  sign(): void {
    this.told.push('sign');
  }

  unsign(): void {
    this.told.push('unsign');
  }

  takeIn(): void {}

  run(control: Control): void {
    if (control === this.fails) throw new Error(`${control} failed`);
    this.told.push(control);
    if (control === 'commit' || control === 'rollback') this.isOpen = false;
  }

  /** As for a full disk. */
  takeBack(): void {
    this.isOpen = false;
  }
}

function connection() {
  const writer = new NotingWriter();
  const units = new SqliteUnits(writer);
  const decision = () => units.decision();
  const doAtOnce = <T>(run: () => T | undefined) => units.doAtOnce({ source: 'API' }, run);
  return { writer, units: { begin: () => units.begin(Infinity), commit: () => units.commit(), decision, doAtOnce } };
}

test('units of one turn of the event loop have one commit', async () => {
  const { writer, units } = connection();
  const work = async () => (await units.begin()).commit();
  await Promise.all([work(), work()]);
  expect(writer.told).toEqual(['begin', 'sign', 'savepoint unit', 'sign', 'release unit', 'unsign', 'commit']);
  await work();
  expect(writer.told.slice(7)).toEqual(['begin', 'sign', 'unsign', 'commit']);
});

test('units that come turn by turn have one commit, and the one after a turn without any has another', async () => {
  const { writer, units } = connection();
  const work = async () => (await units.begin()).commit();
  const nextTurn = () => new Promise(setImmediate);
  const all = [work(), work()];
  for (let turn = 0; turn < 3; turn += 1) {
    await nextTurn();
    all.push(work());
  }
  await nextTurn();
  await nextTurn();
  all.push(work());
  await Promise.all(all);
  expect(writer.told.filter((told) => told === 'sign' || told === 'commit')).toEqual([
    ...Array.from({ length: 5 }, () => 'sign'),
    'commit',
    'sign',
    'commit',
  ]);
});

test('a commit waits for twenty milliseconds at most, though units keep coming', async () => {
  const { writer, units } = connection();
  const works: Promise<void>[] = [];
  vi.useFakeTimers({ toFake: ['performance'] });
  for (let turn = 0; turn < 6; turn += 1) {
    works.push((async () => (await units.begin()).commit())());
    await new Promise(setImmediate);
    vi.advanceTimersByTime(8);
  }
  vi.useRealTimers();
  const told = writer.told.filter((each) => each === 'sign' || each === 'commit');
  expect(told.indexOf('commit')).toBe(4);
  await Promise.all(works);
});

test('a unit does not count as done before the commit', async () => {
  const { writer, units } = connection();
  const committed = (await units.begin()).commit().then(() => writer.told.push('told'));
  await (await units.begin()).commit();
  await committed;
  expect(writer.told.slice(-2)).toEqual(['commit', 'told']);
});

test('a unit that fails takes back its own only, and hears of it when the others are decided', async () => {
  const { writer, units } = connection();
  const first = (await units.begin()).commit();
  const second = (await units.begin()).rollback().then(() => writer.told.push('told'));
  await Promise.all([first, second]);
  const ends = ['savepoint unit', 'sign', 'rollback to unit', 'release unit', 'unsign', 'commit', 'told'];
  expect(writer.told).toEqual(['begin', 'sign', ...ends]);
});

test('the first unit takes back the transaction, and the next begins another', async () => {
  const { writer, units } = connection();
  await (await units.begin()).rollback();
  await (await units.begin()).commit();
  expect(writer.told).toEqual(['begin', 'sign', 'rollback', 'begin', 'sign', 'unsign', 'commit']);
});

test('where the database takes it back, all but the one that did it run again', async () => {
  const { writer, units } = connection();
  const first = (await units.begin()).commit();
  const second = await units.begin();
  writer.takeBack();
  await second.rollback();
  await expect(first).rejects.toBeInstanceOf(LostRace);
  await (await units.begin()).commit();
  expect(writer.told.slice(-4)).toEqual(['begin', 'sign', 'unsign', 'commit']);
});

test('a commit that fails is told to each of its units, and nothing stays open', async () => {
  const { writer, units } = connection();
  writer.fails = 'commit';
  const unit = await units.begin();
  const first = unit.commit();
  const second = (await units.begin()).commit();
  await expect(first).rejects.toThrow('commit failed');
  await expect(second).rejects.toThrow('commit failed');
  await unit.rollback();
  expect(writer.told.at(-1)).toBe('rollback');
});

test('who comes by itself finds the transaction committed', async () => {
  const { writer, units } = connection();
  const first = (await units.begin()).commit();
  await writer.turns.take();
  units.commit();
  expect(writer.told.at(-1)).toBe('commit');
  writer.turns.end();
  await first;
});

test('a group is not larger than what may wait for one commit', async () => {
  const { writer, units } = connection();
  await Promise.all(Array.from({ length: 150 }, async () => (await units.begin()).commit()));
  expect(writer.told.filter((told) => told === 'commit')).toHaveLength(2);
});

test('whoever reads can wait for the units that have ended, and not for one at work', async () => {
  const { writer, units } = connection();
  expect(units.decision()).toBeUndefined();
  const first = await units.begin();
  expect(units.decision()).toBeUndefined();
  const committed = first.commit();
  await units.decision();
  expect(writer.told.at(-1)).toBe('commit');
  await committed;
  expect(units.decision()).toBeUndefined();
});

test('a commit that fails is a decision, too', async () => {
  const { writer, units } = connection();
  writer.fails = 'commit';
  const unit = await units.begin();
  const failed = unit.commit().catch((error: unknown) => String(error));
  await units.decision();
  expect(writer.told.at(-1)).toBe('rollback');
  expect(await failed).toContain('commit failed');
});

describe('units that are over at once', () => {
  test('share a commit with others, and count as done behind it', async () => {
    const { writer, units } = connection();
    const first = units.doAtOnce(() => writer.told.push('first'));
    const second = units.begin().then((unit) => unit.commit());
    const third = units.doAtOnce(() => writer.told.push('third'));
    // Somebody has the connection by now.
    expect(await third).toBeUndefined();
    await Promise.all([first, second]);
    const others = ['savepoint unit', 'sign', 'release unit'];
    expect(writer.told).toEqual(['begin', 'sign', 'first', ...others, 'unsign', 'commit']);
  });

  test('are taken back one by one, where nothing comes of them', async () => {
    const { writer, units } = connection();
    expect(await units.doAtOnce(() => undefined)).toBeUndefined();
    expect(writer.told.splice(0)).toEqual(['begin', 'sign', 'rollback']);
    const good = units.doAtOnce(() => 'good');
    const failed = units.doAtOnce(() => {
      throw new Error('It violates a constraint.');
    });
    expect(await Promise.all([good, failed])).toEqual(['good', undefined]);
    const ends = ['savepoint unit', 'sign', 'rollback to unit', 'release unit', 'unsign', 'commit'];
    expect(writer.told).toEqual(['begin', 'sign', ...ends]);
  });

  test('are to be done again where the database takes all of it back, at one of them or at the commit', async () => {
    const { writer, units } = connection();
    const first = units.doAtOnce(() => 'first');
    expect(await units.doAtOnce(() => writer.takeBack())).toBeUndefined();
    expect(await first).toBeUndefined();
    writer.fails = 'commit';
    expect(await units.doAtOnce(() => 'third')).toBeUndefined();
    expect(writer.told.at(-1)).toBe('rollback');
  });

  test('are not waited with for another process', async () => {
    const { writer, units } = connection();
    writer.isHeld = true;
    expect(await units.doAtOnce(() => 'late')).toBeUndefined();
    expect(writer.told).toEqual([]);
  });
});
