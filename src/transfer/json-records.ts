import type { Place } from './records.js';
import { SourceError } from './transfer-error.js';

/** The text of one record of a source, not parsed yet. */
export interface RawRecord {
  place: Place;
  bytes: Buffer;
}

/** One record must fit into memory: without an end in sight, a source is not what it is taken for. */
const MOST_RECORD_BYTES = 16 * 1024 * 1024;

const [LINE_FEED, CARRIAGE_RETURN, QUOTE, COMMA, BACKSLASH] = [0x0a, 0x0d, 0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

// Of a key, as much as tells it from others.
const LONGEST_KEY = 64;

const isBlank = (byte: number) => byte === 0x20 || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === 0x09;

/** Collects the bytes of a record that may stretch over several chunks. */
class Collector {
  private parts: Buffer[] = [];
  private size = 0;
  private line = 0;
  private count = 0;
  private lastLine = 0;
  isOpen = false;

  open(line: number): void {
    this.isOpen = true;
    this.line = line;
    this.count += 1;
  }

  add(part: Buffer): void {
    this.size += part.length;
    if (this.size > MOST_RECORD_BYTES)
      throw new SourceError(this.line, `holds a record of more than ${MOST_RECORD_BYTES} bytes`);
    this.parts.push(part);
  }

  close(): RawRecord {
    const bytes = this.parts.length === 1 ? (this.parts[0] as Buffer) : Buffer.concat(this.parts);
    const sharesLine = this.line === this.lastLine;
    const place = sharesLine ? { line: this.line, record: this.count } : { line: this.line };
    this.lastLine = this.line;
    this.parts = [];
    this.size = 0;
    this.isOpen = false;
    return { place, bytes };
  }

  truncated(): SourceError {
    return new SourceError(this.line, 'is cut off in or behind the record that begins here');
  }
}

/**
 * The elements of a JSON list, one at a time: the list may be larger than memory. It looks at bytes only, at those
 * that are structure, so a chunk may end within a character or an escape. What an element is made of is for
 * `JSON.parse` to judge.
 * @param key where the document is an object, the key of the list in it
 * @throws SourceError for a document that ends early, or holds no such list
 */
export async function* splitJsonList(chunks: AsyncIterable<Buffer>, key: string): AsyncGenerator<RawRecord> {
  const splitter = new ListSplitter(key);
  for await (const chunk of chunks) yield* splitter.read(chunk);
  splitter.end();
}

class ListSplitter {
  private readonly collector = new Collector();
  private line = 1;
  private depth = 0;
  private hasRoot = false;
  private hasList = false;
  /** How deep the list's brackets are: its elements stand directly within; 0 outside of it. */
  private listDepth = 0;
  private isInString = false;
  private isEscaped = false;
  /** The last string directly within the root: the key of what comes next. */
  private lastKey: number[] = [];

  constructor(private readonly key: string) {}

  *read(chunk: Buffer): Generator<RawRecord> {
    let start = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] as number;
      if (byte === LINE_FEED) this.line += 1;
      if (this.isInString) this.readString(byte);
      else if (!isBlank(byte)) {
        if (this.endsElement(byte)) {
          this.collector.add(chunk.subarray(start, index));
          yield this.collector.close();
        } else if (this.beginsElement(byte)) {
          this.collector.open(this.line);
          start = index;
        }
        this.readStructure(byte);
      }
    }
    if (this.collector.isOpen) this.collector.add(chunk.subarray(start));
  }

  /** @throws SourceError where the document is not complete */
  end(): void {
    if (this.collector.isOpen) throw this.collector.truncated();
    if (this.depth > 0) throw new SourceError(this.line, 'is cut off before its list ends');
    if (!this.hasList) throw new SourceError(this.line, `holds no list, nor an object with a list "${this.key}"`);
  }

  private endsElement(byte: number): boolean {
    return this.collector.isOpen && this.depth === this.listDepth && (byte === COMMA || byte === CLOSE_LIST);
  }

  private beginsElement(byte: number): boolean {
    const isWithinList = this.listDepth > 0 && this.depth === this.listDepth;
    return isWithinList && !this.collector.isOpen && byte !== COMMA && byte !== CLOSE_LIST;
  }

  private readString(byte: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (byte === BACKSLASH) this.isEscaped = true;
    else if (byte === QUOTE) this.isInString = false;
    if (this.isInString && this.depth === 1 && this.lastKey.length < LONGEST_KEY) this.lastKey.push(byte);
  }

  private readStructure(byte: number): void {
    if (this.depth === 0) this.beginRoot(byte);
    if (byte === QUOTE) {
      this.isInString = true;
      if (this.depth === 1) this.lastKey = [];
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      this.depth += 1;
      if (byte === OPEN_LIST && this.isListWanted()) this.listDepth = this.depth;
      this.hasList ||= this.listDepth > 0;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      this.depth -= 1;
      if (this.depth < this.listDepth) this.listDepth = 0;
    }
  }

  private beginRoot(byte: number): void {
    if (this.hasRoot) throw new SourceError(this.line, 'goes on behind the end of its list');
    if (byte !== OPEN_LIST && byte !== OPEN_OBJECT) throw new SourceError(this.line, 'does not begin as JSON does');
    this.hasRoot = true;
  }

  /** Whether the list that begins is the root, or the one in the root that has the key. */
  private isListWanted(): boolean {
    if (this.hasList) return false;
    return this.depth === 1 || (this.depth === 2 && Buffer.from(this.lastKey).toString() === this.key);
  }
}

/**
 * The lines of a text that are not blank, one at a time.
 * @throws SourceError for a last line that is no whole JSON value: the file is cut off
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord> {
  const collector = new Collector();
  let line = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield* collectLine(collector, chunk.subarray(start, end), line);
      start = end + 1;
      line += 1;
    }
    collector.open(line);
    collector.add(chunk.subarray(start));
  }
  const [last] = collectLine(collector, Buffer.alloc(0), line);
  if (!last) return;
  if (!isJson(last.bytes)) throw collector.truncated();
  yield last;
}

function* collectLine(collector: Collector, rest: Buffer, line: number): Generator<RawRecord> {
  collector.open(line);
  collector.add(rest);
  const { bytes } = collector.close();
  if (!bytes.every(isBlank)) yield { place: { line }, bytes };
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
