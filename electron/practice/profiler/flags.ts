/** What the profiler was asked to do, or what it answers to a command line that it does not take. */
export type Asked =
  | { readonly is: 'proving'; readonly dataFile: string | undefined; readonly dataGib: number; readonly seconds: number }
  | {
      readonly is: 'pow'
      readonly iterations: number
      readonly nonces: number
      readonly units: number
      readonly mode: string
      readonly difficulty: string
    }
  | { readonly is: 'wrong'; readonly text: string }

const MORE = "\n\nFor more information, try '--help'.\n"
const SHORT: Readonly<Record<string, string>> = { '-t': '--threads', '-n': '--nonces' }
/** Defaults of the options that take a value. */
const PROVING: Readonly<Record<string, string>> = {
  '--data-file': '',
  '--data-size': '1',
  '--duration': '10',
  '--threads': '4',
  '--nonces': '64',
}
const POW: Readonly<Record<string, string>> = {
  '--iterations': '5',
  '--threads': '1',
  '--nonces': '64',
  '--num-units': '4',
  '--difficulty': `000dfb23b0979b4b${'0'.repeat(48)}`,
  '--randomx-mode': 'fast',
}

const wrong = (text: string): Asked => ({ is: 'wrong', text: `error: ${text}${MORE}` })

/** @source recordings/profiler, help/profiler-0.8.5.txt */
export function readFlags(args: readonly string[]): Asked {
  const [first] = args
  const isPow = first === 'pow'
  const known: Readonly<Record<string, string>> = isPow ? POW : PROVING
  const values = new Map(Object.entries(known))
  const rest = args.slice(isPow || first === 'proving' ? 1 : 0)
  for (let i = 0; i < rest.length; i += 1) {
    const [given = '', joined] = (rest[i] ?? '').split(/=(.*)/s)
    const name = SHORT[given] ?? given
    if (isPow && name === '--randomx-large-pages') continue
    if (!(name in known)) return wrong(`unexpected argument '${given}' found`)
    values.set(name, joined ?? rest[(i += 1)] ?? '')
  }
  const nonces = Number(values.get('--nonces'))
  if (!(nonces > 0) || nonces % 16 !== 0)
    return wrong(`invalid value '${values.get('--nonces')}' for '--nonces <NONCES>': nonces must be multiple of 16`)
  const of = (name: string): number => Number(values.get(name))
  const text = (name: string): string => values.get(name) ?? ''
  if (isPow)
    return {
      is: 'pow',
      iterations: of('--iterations'),
      nonces,
      units: of('--num-units'),
      mode: text('--randomx-mode'),
      difficulty: text('--difficulty'),
    }
  const file = text('--data-file')
  return { is: 'proving', dataFile: file === '' ? undefined : file, dataGib: of('--data-size'), seconds: of('--duration') }
}
