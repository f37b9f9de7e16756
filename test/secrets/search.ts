import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Larger files are PoS data or databases of the simulated chain; what we write ourselves is smaller. */
const MOST_BYTES = 64 * 1024 * 1024
const KEY = /^[0-9a-fA-F]{128}$/

interface Planted {
  readonly name: string
  readonly needles: readonly Buffer[]
}

function* filesBelow(folder: string): Generator<string> {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return // gone, or not ours to read
  }
  for (const name of names) {
    const file = path.join(folder, name)
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (stat?.isDirectory() === true) yield* filesBelow(file)
    else if (stat?.isFile() === true && stat.size <= MOST_BYTES) yield file
  }
}

const isKeyFile = (content: Buffer): boolean => content.length === 128 && KEY.test(content.toString('latin1'))

/** Every form in which the secret half could stand somewhere. */
function ofSeed(hex: string, name: string): Planted {
  const raw = Buffer.from(hex, 'hex')
  const texts = [hex.toLowerCase(), hex.toUpperCase(), raw.toString('base64').replace(/=+$/, '')]
  return { name, needles: [raw, ...texts.map((text) => Buffer.from(text))] }
}

const ofPassphrase = (text: string): Planted => ({ name: 'a passphrase', needles: [Buffer.from(text), Buffer.from(text, 'utf16le')] })

/**
 * Where a secret stands below `folder`, as sentences; empty when nowhere.
 * Keys are those of the key files below the folder and of `keys` (128 hex); the files themselves do not count.
 */
export function secretsIn(
  folder: string,
  { passphrases = [], keys = [] }: { readonly passphrases?: readonly string[]; readonly keys?: readonly string[] } = {},
): string[] {
  const all = [...filesBelow(folder)]
  const content = (file: string): Buffer => {
    try {
      return readFileSync(file)
    } catch {
      return Buffer.alloc(0)
    }
  }
  const keyFiles = new Map(all.map((file) => [file, content(file)] as const).filter(([, bytes]) => isKeyFile(bytes)))
  const hexes = [
    ...[...keyFiles].map(([file, bytes]) => [path.basename(file), bytes.toString('latin1')] as const),
    ...keys.map((key) => ['a planted key', key] as const),
  ]
  const planted = [...hexes.map(([name, hex]) => ofSeed(hex.slice(0, 64), name)), ...passphrases.map(ofPassphrase)]
  return all
    .filter((file) => !keyFiles.has(file) && !file.endsWith('.age') && !/postdata_\d+\.bin$/.test(file))
    .flatMap((file) => {
      const bytes = content(file)
      return planted
        .filter(({ needles }) => needles.some((needle) => bytes.includes(needle)))
        .map(({ name }) => `${name} stands in ${file}`)
    })
}

/** The same for values that crossed: answers, topics, snapshots. */
export function secretsInText(
  text: string,
  { passphrases = [], keys = [] }: { readonly passphrases?: readonly string[]; readonly keys?: readonly string[] },
): string[] {
  const bytes = Buffer.from(text)
  const planted = [...keys.map((key) => ofSeed(key.slice(0, 64), 'a planted key')), ...passphrases.map(ofPassphrase)]
  return planted.filter(({ needles }) => needles.some((needle) => bytes.includes(needle))).map(({ name }) => `${name} crossed`)
}
