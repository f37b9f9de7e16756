import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCommandLine, usageText } from '../../../../electron/practice/node/command-line.ts'
import { VERSIONS } from '../../../../electron/practice/node/versions.ts'

/** Name, short form, type and default of every flag in a help text; the explanations are ours or left out. */
function flagsIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const found = /^ {2}(-\w, | {4})--(\S+)(?: (\S+))?/.exec(line)
    if (found === null) return []
    const [, short = '', name = '', type = ''] = found
    const isBool = type === '' || type.startsWith('(default')
    const isLong = ['accounts', 'bootnodes', 'ping-peers'].includes(name)
    const given = isLong ? '' : (/\(default (.*)\)$/.exec(line)?.[1] ?? '')
    return [`${short.trim()}${name} ${isBool ? 'bool' : type} ${given}`]
  })
}

describe('the command line', () => {
  it.each(['1.7.6', '1.8.3'] as const)('has the flags of the recorded help of %s', (version) => {
    const recorded = readFileSync(new URL(`../../../fixtures/recordings/help/go-spacemesh-${version}.txt`, import.meta.url), 'utf8')
    // A default that stands on a later line of a long explanation is not in the flag's own line.
    const late = /^(post-k3|smeshing-opts-verifying-(disable|min-workers))/
    const known = flagsIn(recorded).filter((f) => !late.test(f))
    expect(flagsIn(usageText(VERSIONS[`v${version}`])).filter((f) => !late.test(f))).toEqual(known)
  })

  it('takes values with and without the equals sign', () => {
    const { flags } = parseCommandLine(['--config', 'a.json', '--layer-duration=5s', '-d', '/data', '--metrics'])
    expect(Object.fromEntries(flags)).toEqual({ config: 'a.json', 'layer-duration': '5s', 'data-folder': '/data', metrics: 'true' })
  })

  it.each([
    [['--version'], 'unknown flag: --version'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['--config'], 'flag needs an argument: --config'],
    [['--db-connections', 'many'], 'invalid argument "many" for "--db-connections" flag: strconv.ParseInt: parsing "many": invalid syntax'],
  ])('refuses %j', (args, why) => expect(() => parseCommandLine(args)).toThrow(why))

  it('knows the version command', () => expect(parseCommandLine(['version']).command).toBe('version'))
})
