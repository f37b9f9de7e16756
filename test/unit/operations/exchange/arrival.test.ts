import { describe, expect, it } from 'vitest'
import { arrivalSentence, readArrival, type Arrival } from '../../../../electron/operations/exchange/index.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'
import { basalt, metadata } from './exchange-world.ts'

const FOLDER = '/new/amber'
// 640 labels of 16 bytes: 4096 + 4096 + 2048.
const ALL: Readonly<Record<string, number>> = { 'postdata_0.bin': 4096, 'postdata_1.bin': 4096, 'postdata_2.bin': 2048 }

function arrival(sizes: Readonly<Record<string, number>>, change: (files: CrashFiles) => void = () => {}): Arrival {
  const files = createCrashFiles()
  files.putFolder('/new')
  for (const [name, bytes] of Object.entries(sizes)) files.put(`${FOLDER}/${name}`, Buffer.alloc(bytes))
  change(files)
  return readArrival(files, FOLDER, metadata())
}
const withMetadata = (files: CrashFiles): void => files.put(`${FOLDER}/postdata_metadata.json`, metadata())

describe('PoS data on its arrival', () => {
  it('is not there before rsync began', () => {
    expect(arrival({})).toEqual({ is: 'nothing' })
    expect(arrivalSentence({ is: 'nothing' })).toBe('No PoS data has arrived yet')
  })

  it('is partial by bytes, with what rsync works on', () => {
    const part = arrival({ 'postdata_0.bin': 4096, '.postdata_1.bin.a1B2c3': 2253 })
    expect(part).toMatchObject({
      is: 'partial',
      bytes: 6349,
      ofBytes: 10_240,
      missing: ['postdata_1.bin', 'postdata_2.bin', 'postdata_metadata.json'],
    })
    expect(arrivalSentence(part)).toContain('62\u2009% of the PoS data has arrived')
    expect(arrivalSentence(part)).toContain('start the same rsync command again to go on')
  })

  it('is not complete without its metadata, which comes last', () => {
    expect(arrival(ALL)).toMatchObject({ is: 'partial', percent: 100, missing: ['postdata_metadata.json'] })
    expect(arrival(ALL, withMetadata)).toEqual({ is: 'complete', bytes: 10_240 })
  })

  it.each<[string, Arrival, string]>([
    ['a file too large', arrival({ ...ALL, 'postdata_2.bin': 4096 }), 'postdata_2.bin has 4096 bytes instead of 2048'],
    ['a file too many', arrival({ ...ALL, 'postdata_3.bin': 1 }), 'postdata_3.bin does not belong to it'],
    ['a name that the service would count', arrival({ ...ALL, 'postdata_01.bin': 1 }), 'postdata_01.bin does not belong to it'],
    [
      'the data of another',
      arrival(ALL, (files) => files.put(`${FOLDER}/postdata_metadata.json`, metadata(basalt.identity))),
      'the folder holds the data of',
    ],
    [
      'damaged metadata',
      arrival(ALL, (files) => files.put(`${FOLDER}/postdata_metadata.json`, '{')),
      'postdata_metadata.json is damaged: copy it again',
    ],
  ])('is wrong with %s', (_name, found, text) => {
    expect(found.is).toBe('wrong')
    expect(arrivalSentence(found)).toContain(text)
  })

  it('is told when its disk does not answer', () => {
    const files = createCrashFiles()
    files.put(`${FOLDER}/postdata_0.bin`, 'x')
    files.errorAt(1, 'EIO', { forGood: true })
    expect(readArrival(files, FOLDER, metadata())).toMatchObject({ is: 'unreadable' })
  })
})
