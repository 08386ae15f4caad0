/*
 * A reader of Python pickles that can only make plain values: numbers, strings, lists, tuples and
 * dictionaries. Classes and functions are not run but handed to the caller, who knows the few that
 * it accepts; so a pickle from anywhere can do no harm. Opcodes: Lib/pickletools.py of CPython.
 */

/** A pickled value. Tuples become arrays, dictionaries become maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleGlobal
  | object;

/** The name of a class or function, e.g. 'torch FloatStorage'. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What a pickle may refer to beyond plain values. Both throw for what they do not accept. */
export interface PickleHooks {
  /** Calls a class or function. */
  reduce(callee: PickleGlobal, args: PickleValue[]): PickleValue;
  /** Finds the object that a persistent id stands for. */
  persistentLoad(id: PickleValue): PickleValue;
}

const MARK = Symbol('mark');

/**
 * Reads one pickle.
 * @param start where it begins in the buffer
 * @returns its value and where the next thing begins
 * @throws Error for opcodes that plain values do not need, and when the buffer ends too early
 */
export function readPickle(
  buffer: Buffer,
  start: number,
  hooks: PickleHooks,
): { value: PickleValue; end: number } {
  const stack: (PickleValue | typeof MARK)[] = [];
  const memo = new Map<number, PickleValue>();
  let at = start;

  const byte = (): number => buffer.readUInt8(at++);
  const uint32 = (): number => buffer.readUInt32LE((at += 4) - 4);
  const text = (length: number): string => {
    at += length;
    return buffer.toString('utf8', at - length, at);
  };
  const line = (): string => {
    const end = buffer.indexOf(0x0a, at);
    if (end < 0) throw new Error('the pickle ends too early');

    const value = buffer.toString('utf8', at, end);
    at = end + 1;
    return value;
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || value === MARK) throw new Error('the pickle is damaged');

    return value;
  };
  const popToMark = (): PickleValue[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) throw new Error('the pickle is damaged');

    return stack.splice(mark).slice(1) as PickleValue[];
  };
  const peek = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const recall = (index: number): void => {
    const value = memo.get(index);
    if (value === undefined) throw new Error('the pickle is damaged');

    stack.push(value);
  };

  for (;;) {
    const opcode = String.fromCharCode(byte());
    switch (opcode) {
      case '\x80': // PROTO
        byte();
        break;
      case '.': // STOP
        return { value: pop(), end: at };
      case '(': // MARK
        stack.push(MARK);
        break;
      case 'N': // NONE
        stack.push(null);
        break;
      case '\x88': // NEWTRUE
        stack.push(true);
        break;
      case '\x89': // NEWFALSE
        stack.push(false);
        break;
      case 'J': // BININT
        stack.push(buffer.readInt32LE((at += 4) - 4));
        break;
      case 'K': // BININT1
        stack.push(byte());
        break;
      case 'M': // BININT2
        stack.push(buffer.readUInt16LE((at += 2) - 2));
        break;
      case '\x8a': // LONG1
        stack.push(littleEndian(buffer.subarray(at + 1, (at += 1 + buffer.readUInt8(at)))));
        break;
      case 'G': // BINFLOAT
        stack.push(buffer.readDoubleBE((at += 8) - 8));
        break;
      case 'X': // BINUNICODE
        stack.push(text(uint32()));
        break;
      case ')': // EMPTY_TUPLE
      case ']': // EMPTY_LIST
        stack.push([]);
        break;
      case '}': // EMPTY_DICT
        stack.push(new Map());
        break;
      case '\x85': // TUPLE1
        stack.push([pop()]);
        break;
      case '\x86': // TUPLE2
        stack.push([pop(), pop()].reverse());
        break;
      case '\x87': // TUPLE3
        stack.push([pop(), pop(), pop()].reverse());
        break;
      case 't': // TUPLE
        stack.push(popToMark());
        break;
      case 'a': // APPEND
      case 'e': {
        const items = opcode === 'a' ? [pop()] : popToMark();
        asList(peek()).push(...items);
        break;
      }
      case 's': // SETITEM
      case 'u': {
        const items = opcode === 's' ? [pop(), pop()].reverse() : popToMark();
        const map = asMap(peek());
        for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i], items[i + 1]);

        break;
      }
      case 'q': // BINPUT
        memo.set(byte(), peek());
        break;
      case 'r': // LONG_BINPUT
        memo.set(uint32(), peek());
        break;
      case 'h': // BINGET
        recall(byte());
        break;
      case 'j': // LONG_BINGET
        recall(uint32());
        break;
      case 'c': // GLOBAL
        stack.push(new PickleGlobal(`${line()} ${line()}`));
        break;
      case 'R': {
        // REDUCE
        const args = asList(pop());
        const callee = pop();
        if (!(callee instanceof PickleGlobal)) throw new Error('the pickle calls something that has no name');

        stack.push(hooks.reduce(callee, args));
        break;
      }
      case 'b': // BUILD: attributes of an object (a state_dict's versions), of no use here
        pop();
        break;
      case 'Q': // BINPERSID
        stack.push(hooks.persistentLoad(pop()));
        break;
      default:
        throw new Error(
          `the pickle holds an instruction that is not accepted (0x${opcode.charCodeAt(0).toString(16)})`,
        );
    }
  }
}

function asList(value: PickleValue): PickleValue[] {
  if (!Array.isArray(value)) throw new Error('the pickle is damaged');

  return value as PickleValue[];
}

function asMap(value: PickleValue): Map<PickleValue, PickleValue> {
  if (!(value instanceof Map)) throw new Error('the pickle is damaged');

  return value;
}

/** A signed whole number of any length. */
function littleEndian(bytes: Buffer): bigint {
  const digits = Buffer.from(bytes).reverse().toString('hex');
  return digits === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${digits}`));
}
