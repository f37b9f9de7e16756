import { describe, expect, it } from 'vitest'
import { classify, isSameProgram } from '../../../electron/supervisor/adopt.ts'
import type { AdoptFacts, Verdict } from '../../../electron/supervisor/adopt.ts'
import type { Found } from '../../../electron/supervisor/platform.ts'
import type { ProcessRecord } from '../../../electron/supervisor/table.ts'

const aRecord = (more: Partial<ProcessRecord> = {}): ProcessRecord => ({
  name: 'kelp',
  owner: 'smeshkeeper',
  generation: 'g1',
  file: '/opt/service',
  args: ['--dir', '/data'],
  cwd: '/',
  logFile: '/l',
  specHash: 'h',
  bootId: 'b',
  spawnedAt: 1,
  pid: 10,
  startTime: '500',
  ...more,
})
const aFound = (more: Partial<Found> = {}): Found => ({
  scope: 's',
  name: 'kelp',
  generation: 'g1',
  pid: 10,
  startTime: '500',
  startedAt: 1,
  exe: '/opt/service',
  args: ['/opt/service', '--dir', '/data'],
  ...more,
})
const intent = (): ProcessRecord => {
  const { pid: _, startTime: __, ...others } = aRecord()
  return others
}
const judge = (facts: Partial<AdoptFacts>): string[] =>
  classify({ records: [], bootId: 'b', alive: new Map(), marked: [], ...facts }).map(short)
const short = (v: Verdict): string =>
  v.is === 'foreign' ? `foreign ${v.name}` : v.is === 'gone' ? `gone ${v.why.causeCode}` : `adopted ${v.record.name} ${v.pid}`

describe('classify', () => {
  it('adopts the same pid with the same start time in the same boot', () => {
    expect(judge({ records: [aRecord()], alive: new Map([[10, '500']]), marked: [aFound()] })).toEqual(['adopted kelp 10'])
  })
  it('calls gone what is not there, what has another start time, and what ran before a reboot', () => {
    expect(judge({ records: [aRecord()] })).toEqual(['gone process/gone-unwatched'])
    expect(judge({ records: [aRecord()], alive: new Map([[10, '501']]) })).toEqual(['gone process/gone-unwatched'])
    expect(judge({ records: [aRecord()], alive: new Map([[10, '500']]), bootId: 'c' })).toEqual(['gone process/rebooted'])
  })
  it('adopts across a boot id that only the clock has moved, where start times are dates', () => {
    const moved = { records: [aRecord()], bootId: 'c', hasDatedStarts: true }
    expect(judge({ ...moved, alive: new Map([[10, '500']]) })).toEqual(['adopted kelp 10'])
    expect(judge({ ...moved, alive: new Map([[10, '501']]) })).toEqual(['gone process/rebooted'])
    expect(judge({ ...moved, alive: new Map() })).toEqual(['gone process/rebooted'])
  })
  it('starts no second one of what is alive when nobody can say who it is', () => {
    expect(judge({ records: [aRecord()], alive: new Map([[10, '']]) })).toEqual(['adopted kelp 10'])
    expect(judge({ records: [aRecord()], alive: new Map([[10, '']]), bootId: 'c' })).toEqual(['gone process/rebooted'])
    expect(judge({ records: [aRecord()], alive: new Map([[10, '']]), bootId: '', hasDatedStarts: true })).toEqual(['adopted kelp 10'])
  })
  it('finds the child of an intent by its mark, and knows when it never came to be', () => {
    expect(judge({ records: [intent()], marked: [aFound({ pid: 77 })] })).toEqual(['adopted kelp 77'])
    expect(judge({ records: [intent()] })).toEqual(['gone process/gone-unwatched'])
  })
  it('takes no orphan of another program for the child of an intent', () => {
    const orphan = aFound({ pid: 77, exe: '/usr/bin/other', args: ['other'], name: 'reed' })
    expect(judge({ records: [intent()], marked: [orphan] })).toEqual(['gone process/gone-unwatched', 'adopted reed 77'])
  })
  it('adopts a marked process without a record, and prefers it to a record of one that is gone', () => {
    expect(judge({ marked: [aFound({ pid: 77 })] })).toEqual(['adopted kelp 77'])
    expect(judge({ records: [aRecord()], marked: [aFound({ pid: 77, generation: 'g2' })] })).toEqual(['adopted kelp 77'])
  })
  it('takes no helper that outlived its root for the root', () => {
    const helper = aFound({ pid: 12, exe: '/opt/helper', args: ['/opt/helper'] })
    expect(judge({ records: [aRecord()], marked: [helper] })).toEqual(['gone process/gone-unwatched'])
  })
  it('reports a second process of one name and leaves it', () => {
    const marked = [aFound(), aFound({ pid: 78, generation: 'g2', startTime: '600' })]
    expect(judge({ records: [aRecord()], alive: new Map([[10, '500']]), marked })).toEqual(['adopted kelp 10', 'foreign kelp'])
    expect(judge({ marked }).toSorted()).toEqual(['adopted kelp 10', 'foreign kelp'])
  })
  it('leaves what belongs to others', () => {
    expect(judge({ records: [aRecord({ owner: 'psm' })], alive: new Map([[10, '500']]) })).toEqual(['foreign kelp'])
  })
})

describe('isSameProgram', () => {
  it('sees a script behind its interpreter, a replaced binary, and rewritten arguments', () => {
    const program = { file: '/opt/run.sh', args: ['a', 'b'] }
    expect(isSameProgram({ exe: '/bin/bash', args: ['/bin/bash', '/opt/run.sh', 'a', 'b'] }, program)).toBe(true)
    expect(isSameProgram({ exe: '/opt/run.sh (deleted)', args: [] }, program)).toBe(true)
    expect(isSameProgram({ exe: '/opt/run.sh', args: ['title'] }, program)).toBe(true)
    expect(isSameProgram({ exe: '/bin/bash', args: ['/bin/bash', 'b'] }, program)).toBe(false)
  })
})
