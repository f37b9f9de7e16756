import { describe, expect, it } from 'vitest'
import { beginJournal, openJournal } from '../../../electron/operations/journal.ts'
import { createCrashFiles, type CrashFiles } from '../../fakes/crash-files.ts'
import { draftOf } from './stories.ts'

const FOLDER = '/home/operations/merge-1'
const FILE = `${FOLDER}/journal.jsonl`

function begun(): CrashFiles {
  const files = createCrashFiles()
  files.putFolder(FOLDER)
  const journal = beginJournal(files, FOLDER, { ...draftOf('merge', [{ is: 'a' }, { is: 'b' }]), at: 5 })
  journal.append({ is: 'step', at: 6, step: 0, state: 'begun' })
  return files
}

describe('a journal', () => {
  it('tells after a restart what was written before', () => {
    const read = openJournal(begun(), FOLDER)
    expect(read).toMatchObject({ header: { at: 5, steps: [{ is: 'a' }, { is: 'b' }] }, entries: [{ n: 1, step: 0, state: 'begun' }] })
  })

  it('goes on behind a line that a power cut has torn', () => {
    const files = begun()
    files.put(FILE, Buffer.concat([files.content(FILE) ?? Buffer.alloc(0), Buffer.from('{"n":2,"is":"st')]))
    const read = openJournal(files, FOLDER)
    if (!('header' in read)) throw new Error('not read')
    read.append({ is: 'ended', at: 9, as: 'done' })
    const again = openJournal(files, FOLDER)
    expect(again).toMatchObject({ entries: [{ n: 1 }, { n: 2, is: 'ended' }] })
  })

  it('was never begun when its first line is torn', () => {
    const files = begun()
    files.put(FILE, '{"n":0,"is":"beg')
    expect(openJournal(files, FOLDER)).toEqual({ is: 'never-begun' })
  })

  it('says that a line in its middle is missing, and does not guess', () => {
    const files = begun()
    const lines = files.content(FILE)?.toString().split('\n') ?? []
    files.put(FILE, [lines[0], '{"n":3,"is":"ended","at":1,"as":"done"}', ''].join('\n'))
    expect(openJournal(files, FOLDER)).toMatchObject({ is: 'problem', text: expect.stringContaining('damaged in the middle') as string })
  })

  it('of a newer version is left alone, with what to do', () => {
    const files = begun()
    files.put(FILE, files.content(FILE)?.toString().replace('"version":1', '"version":2') ?? '')
    expect(openJournal(files, FOLDER)).toMatchObject({ is: 'problem', text: expect.stringContaining('Update, then') as string })
  })
})
