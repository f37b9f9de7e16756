import { describe, expect, it } from 'vitest'
import { bytes, duration, figure, percent, plural, speed, THIN } from '../../../shared/domain/words.ts'

const plain = (text: string): string => text.replaceAll(THIN, ' ')

describe('figures in words', () => {
  it('are written as in the design guide', () => {
    expect(plain(percent(35.9))).toBe('35 %')
    expect(plain(speed(148 * 2 ** 20))).toBe('148 MiB/s')
    expect(plain(speed(1.5 * 2 ** 30))).toBe('1.5 GiB/s')
    expect(plain(bytes(4 * 2 ** 40))).toBe('4.0 TiB')
    expect(plain(duration(22_680_000))).toBe('6 h 18 m')
    expect(plain(duration(40_000))).toBe('40 s')
    expect(plain(duration(2 * 86_400_000))).toBe('2 d')
    expect(plain(figure(248_756))).toBe('248 756')
    expect(plain(plural(1, 'peer'))).toBe('1 peer')
  })
})
