import { describe, expect, it } from 'vitest'
import { misfit, readWords, secretAsArgument } from '../../../electron/cli/arguments.ts'
import { plainLines, snapshotJson, statusExit } from '../../../electron/cli/snapshot-json.ts'
import { between, cellsOf, duration, fit, safe, size, toAscii, wrap } from '../../../electron/cli/text.ts'
import { anIdentity, aSnapshot } from '../keeper/builders.ts'

describe('text for terminals', () => {
  it('counts cells, not characters', () => {
    expect([cellsOf('Amber'), cellsOf('山田'), cellsOf('🚀'), cellsOf('e\u0301')]).toEqual([5, 4, 2, 1])
    expect(cellsOf(fit('山田太郎', 5))).toBe(5)
    expect(fit('Amber', 3)).toBe('Am…')
    expect(fit('A', 0)).toBe('')
  })

  it('takes out what could command the terminal, and nothing else', () => {
    expect(safe('\u001b[2Ja\u0007b\tc\u202ed\r\n')).toBe('[2Jab cd')
    expect(safe('Prüfung – läuft ✔')).toBe('Prüfung – läuft ✔')
  })

  it('finds plain characters for what it knows', () => {
    expect(toAscii('04:20–05:30 · it’s “é” … ✔ 山')).toBe('04:20-05:30 . it\'s "e" ... # ?')
  })

  it('puts two texts on a line, and drops the right one when there is no room', () => {
    expect(between('left', 'right', 20)).toBe('left           right')
    expect(between('a long left text', 'right', 10)).toBe('a long le…')
  })

  it('wraps at spaces', () => expect(wrap('one two three', 7)).toEqual(['one two', 'three']))

  it.each([
    [0, '0 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [3_599_999, '1 h 0 m'],
    [6.3 * 3_600_000, '6 h 18 m'],
    [60 * 3_600_000, '2 d 12 h'],
    [-5, '0 s'],
  ])('writes %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text))

  it.each([
    [0, '0 B'],
    [262_144, '256 KiB'],
    [3 * 1024 ** 4, '3.0 TiB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(size(bytes)).toBe(text))
})

describe('words of a verb', () => {
  it('are plain, switches, and options with a value', () => {
    const words = readWords(['amber', '--yes', '--lines', '5', '--setup=x', 'more'], ['lines', 'setup'])
    expect(words.plain).toEqual(['amber', 'more'])
    expect([words.has('yes'), words.value('lines'), words.value('setup')]).toEqual([true, '5', 'x'])
    expect(words.unknown(['yes'], ['lines', 'setup'])).toBeUndefined()
    expect(words.unknown(['no'], ['lines', 'setup'])).toBe('yes')
  })

  it('may be given again where the verb says so', () => {
    const words = readWords(['--item', 'a', '--item=b', '--to', '--yes', '--lines'], ['item', 'to', 'lines'])
    expect([words.values('item'), words.value('item'), words.value('to'), words.value('lines')]).toEqual([['a', 'b'], 'b', '', ''])
    expect(words.has('yes')).toBe(true)
    expect(words.values('none')).toEqual([])
  })

  it.each([
    [['--to', 'x', '--yes'], undefined],
    [['--item', 'a', '--item', 'b', 'word'], undefined],
    [['--to', 'x', '--to', 'x'], '--to can be given once.'],
    [['--to'], '--to needs a value.'],
    [['--to='], '--to needs a value.'],
    [['--yes=no'], '--yes takes no value.'],
    [['--other=hush'], '--other is not known here.'],
    [['word', 'hush'], 'There is a word too many.'],
  ])('%j fit a verb or are refused without repeating a value', (argv, why) => {
    const verb = { usage: 'x', switches: ['yes'], options: ['to', 'item'], repeated: ['item'], plain: 1 }
    expect(misfit(readWords(argv, verb.options), verb)).toBe(why)
  })

  it.each([[['--passphrase', 'hush']], [['--passphrase=hush']], [['--password']], [['x', '--secret=hush']]])(
    'hold no passphrase: %j',
    (argv) => {
      const why = secretAsArgument(readWords(argv, ['passphrase-file']))
      expect(why).toContain('--passphrase-file FILE or --passphrase-env NAME')
      expect(why).not.toContain('hush')
      expect(secretAsArgument(readWords(['--passphrase-file', 'x', 'hush'], ['passphrase-file']))).toBeUndefined()
    },
  )
})

describe('snapshots for programs', () => {
  it('quote names, so that none can forge a line', () => {
    const lines = plainLines(aSnapshot({ identities: [anIdentity({ name: 'a"\nb' })] }))
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain('identity="a\\"\\nb" status=waiting phase=next-epoch timing=on-time')
    expect(snapshotJson(aSnapshot()).split('\n')).toHaveLength(1)
  })

  it('give the exit code of what is worst', () => {
    const tight = anIdentity({ status: { ...anIdentity().status, timing: 'tight' } })
    const alarm = { key: 'a', code: 'missed', severity: 'bad', sentence: 'x', since: 0 } as const
    expect(statusExit(aSnapshot())).toBe(0)
    expect(statusExit(aSnapshot({ identities: [tight] }))).toBe(1)
    expect(statusExit(aSnapshot({ identities: [tight], alarms: [alarm] }))).toBe(2)
  })
})
