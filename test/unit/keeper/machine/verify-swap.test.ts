import { describe, expect, it } from 'vitest'
import { putInPlace, type Swap } from '../../../../electron/keeper/machine/verify-swap.ts'
import { coverageLine, crashEverywhere } from '../../../fakes/crash-everywhere.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'

const SWAP: Swap = {
  made: '/pos/smeshkeeper-rewrite-3/postdata_3.bin',
  place: '/pos/postdata_3.bin',
  kept: '/pos/smeshkeeper-replaced/file-3-20261128',
}

function disk(hasLinks: boolean, withOld = true): CrashFiles {
  const files = createCrashFiles({ hasLinks })
  if (withOld) files.put(SWAP.place, 'bad')
  files.put(SWAP.made, 'new')
  return files
}
const at = (files: CrashFiles, file: string): string | undefined => files.content(file)?.toString()
describe('a file of PoS data that is put in place of a bad one', () => {
  it.each([
    { name: 'with hard links', hasLinks: true },
    { name: 'without hard links', hasLinks: false },
  ])('is whole at every power cut, and the bad one is kept: $name', async ({ name, hasLinks }) => {
    const coverage = await crashEverywhere({
      prepare: () => disk(hasLinks),
      run: (files) => void putInPlace(files, SWAP),
      recover: (files) => void putInPlace(files, SWAP),
      check(files, when) {
        const [place, kept, made] = [at(files, SWAP.place), at(files, SWAP.kept), at(files, SWAP.made)]
        if (when === 'finished' || when === 'settled') return place === 'new' && kept === 'bad' ? undefined : `${place} ${kept}`
        if (hasLinks && when === 'recovered')
          return place === 'new' && kept === 'bad' && made === undefined ? undefined : `${place} ${kept} ${made}`
        if (hasLinks) return place === 'new' || place === 'bad' ? undefined : `the place holds ${place}`
        return place === undefined || place === 'new' || place === 'bad' ? undefined : `the place holds ${place}`
      },
    })
    console.log(coverageLine(name, coverage))
    expect(coverage.failures.slice(0, 3)).toEqual([])
    expect(coverage.cuts).toBeGreaterThan(50)
  })

  it('comes where nothing was, and a second time changes nothing', () => {
    const files = disk(true, false)
    expect(putInPlace(files, SWAP)).toBe('done')
    expect(at(files, SWAP.place)).toBe('new')
    expect(at(files, SWAP.kept)).toBeUndefined()
    expect(putInPlace(files, SWAP)).toBe('done')
    expect(at(files, SWAP.place)).toBe('new')
  })

  it('says when it was lost, and leaves the bad one in its place', () => {
    const files = createCrashFiles()
    files.put(SWAP.place, 'bad')
    files.putFolder('/pos/smeshkeeper-rewrite-3')
    files.putFolder('/pos/smeshkeeper-replaced')
    files.link(SWAP.place, SWAP.kept)
    expect(putInPlace(files, SWAP)).toBe('lost')
    expect(at(files, SWAP.place)).toBe('bad')
  })
})
