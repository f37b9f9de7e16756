import { describe, expect, it } from 'vitest'
import { AMBER, aSetup, Story } from './scene.ts'

const THERE = { is: 'mounted', mountPoint: '/mnt/0', device: 'sdb1', freeBytes: 1, totalBytes: 2 } as const

describe('a drive that is pulled while it is read', () => {
  const story = (): Story => {
    const told = new Story().ready().see({ kind: 'volume', identity: AMBER, volume: THERE }).folder().post('proving').proving(1_000)
    return told.log({ fact: 'file-read-failed', path: '/mnt/0/postdata_1.bin', text: 'No such file or directory' }).wait(1_000)
  }
  const codes = (told: Story): readonly string[] => told.decide().alarms.map(({ code }) => code)

  it('is told as bad data only as long as the drive is there', () => {
    expect(codes(story())).toContain('data-incomplete')
    const gone = story().see({ kind: 'volume', identity: AMBER, volume: { is: 'gone' } })
    expect(codes(gone)).toContain('drive-gone')
    expect(codes(gone)).not.toContain('data-incomplete')
  })

  it('leaves no doubt about the data when it is back', () => {
    const back = story()
      .see({ kind: 'volume', identity: AMBER, volume: { is: 'gone' } })
      .wait(1_000)
      .see({ kind: 'volume', identity: AMBER, volume: THERE })
    expect(codes(back)).toEqual([])
    expect(back.world.identities.get(AMBER)?.dataTrouble).toBeUndefined()
  })

  it.each(['failed', 'backoff'] as const)('is proved with again when it is back, also by a service that is at %s', (end) => {
    const setup = aSetup({ services: [{ policy: 'always' }] })
    const told = new Story(setup).see({ kind: 'volume', identity: AMBER, volume: THERE }).folder().post('proving')
    told.see({ kind: 'volume', identity: AMBER, volume: { is: 'gone' } })
    const ended = (): Story => {
      const last = { at: told.at, causeCode: 'service/metadata-missing', cause: 'There is no metadata. Connect the drive.' }
      return told.process(end === 'failed' ? { at: end, last } : { at: end, last, attempt: 4, until: told.at + 60_000 })
    }
    expect(ended().decide().actions).toEqual([])
    told.wait(5_000).see({ kind: 'volume', identity: AMBER, volume: THERE }).folder()
    expect(told.decide().actions).toEqual([{ do: 'restart-service', identity: AMBER, why: 'drive-back' }])
    told.wait(5_000)
    const again = ended().decide()
    expect(again.actions, 'once: what ends then has another cause').toEqual([])
    expect(again.identities[0]?.status.sentence).not.toContain('..')
  })
})
