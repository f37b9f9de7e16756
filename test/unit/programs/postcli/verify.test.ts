import { describe, expect, it } from 'vitest'
import { rewriteArguments, rewriteFault, verifyArguments, verifyVerdict } from '../../../../electron/programs/index.ts'
import { jsonLines } from '../recordings.ts'

interface Recorded {
  readonly case: string
  readonly exit: number | null
  readonly output: readonly { readonly line: string }[]
}
const runs = jsonLines('postcli/postcli.jsonl') as unknown as readonly Recorded[]
const recorded = (name: string): Recorded => {
  const found = runs.find((run) => run.case === name)
  if (found === undefined) throw new Error(`no recording ${name}`)
  return found
}
const textOf = ({ output }: Recorded): string => output.map(({ line }) => line).join('\n')
const verdictOf = (name: string): unknown => verifyVerdict(textOf(recorded(name)), recorded(name).exit)

describe('a check by postcli', () => {
  it('is asked for one range, and never says yes to anything', () => {
    const request = { folder: '/pos/amber', fromFile: 3, toFile: 3, fractionPercent: 0.1, scryptN: 8192 }
    expect(verifyArguments(request).join(' ')).toBe('-verify -datadir /pos/amber -fraction 0.1 -fromFile 3 -toFile 3')
    expect(verifyArguments({ ...request, scryptN: 2 }).slice(-2)).toEqual(['-scryptN', '2'])
  })

  it('is read as it was recorded', () => {
    expect(verdictOf('verify-ok')).toEqual({ is: 'good' })
    expect(verdictOf('verify-corrupt')).toMatchObject({ is: 'bad', file: 2 })
    expect(verdictOf('verify-truncated')).toMatchObject({ is: 'short' })
    expect(verdictOf('verify-missing-file')).toMatchObject({ is: 'absent' })
    expect(verdictOf('verify-missing-metadata')).toMatchObject({ is: 'unusable' })
  })

  it('says nothing about data when it was killed, or ended well without a word', () => {
    expect(verifyVerdict('', 0)).toEqual({ is: 'unusable', text: 'postcli ended with 0 and said nothing.' })
    expect(verifyVerdict('2026/11/21 00:51:45 cli: POS data is valid', null)).toMatchObject({ is: 'unusable' })
    expect(verifyVerdict('cli: identity.key is invalid: WARNING', 1)).toMatchObject({
      is: 'unusable',
      text: expect.stringContaining('another identity') as string,
    })
  })
})

describe('one file made anew by postcli', () => {
  const request = {
    folder: '/pos/amber/smeshkeeper-rewrite-3',
    file: 3,
    identity: 'ab'.repeat(32),
    commitmentAtx: 'cd'.repeat(32),
    numUnits: 4,
    labelsPerUnit: 4_294_967_296,
    maxFileBytes: 4_294_967_296,
    scryptN: 8192,
    provider: 0,
  }

  it('is a range of one file with everything that the metadata says', () => {
    const args = rewriteArguments(request)
    expect(args.join(' ')).toContain('-fromFile 3 -toFile 3')
    for (const flag of ['-id', '-commitmentAtxId', '-numUnits', '-labelsPerUnit', '-maxFileSize', '-provider']) expect(args).toContain(flag)
  })

  it('says yes only where postcli asks about another network', () => {
    expect(rewriteArguments(request)).not.toContain('-yes')
    expect(rewriteArguments({ ...request, scryptN: 2 })).toContain('-yes')
  })

  it('is done when that is said; an exit code of 0 is no sign', () => {
    expect(rewriteFault(textOf(recorded('init-small')))).toBeUndefined()
    expect(rewriteFault('cli: initialization error failed to flush disk writer: write X: no space left on device')).toBe('the disk is full')
    expect(rewriteFault('cli: initialization interrupted\n')).toBe('cli: initialization interrupted')
    expect(rewriteFault('')).toBe('postcli ended and said nothing')
  })
})
