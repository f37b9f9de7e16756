import { describe, expect, it } from 'vitest'
import { readHttpAnswer } from '../../../../electron/programs/post-service/http-answer.ts'

const read = (text: string, hasEnded = false) => readHttpAnswer(Buffer.from(text), hasEnded)
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const unfinished = (hasHead: boolean) => ({ is: 'unfinished', hasHead })

describe('an HTTP answer', () => {
  it('is whole at its length, wherever the network cut it', () => {
    const whole = `${HEAD}content-length: 6\r\ndate: x\r\n\r\n"Idle"`
    for (let cut = 0; cut < whole.length; cut += 1) expect(read(whole.slice(0, cut)).is, `cut at ${cut}`).toBe('unfinished')
    expect(read(whole)).toEqual({ is: 'answer', status: 200, body: '"Idle"' })
    expect(read(`${whole}more`)).toEqual({ is: 'answer', status: 200, body: '"Idle"' })
  })

  it('without a length is whole when the connection ends', () => {
    expect(read(`${HEAD}\r\n"Idle"`)).toEqual(unfinished(true))
    expect(read(`${HEAD}\r\n"Idle"`, true)).toEqual({ is: 'answer', status: 200, body: '"Idle"' })
  })

  it('in chunks is whole at the empty one', () => {
    const whole = `${HEAD}Transfer-Encoding: Chunked\r\n\r\n3\r\n"Id\r\n3;x=y\r\nle"\r\n0\r\n`
    for (let cut = 0; cut < whole.length; cut += 1) expect(read(whole.slice(0, cut), true).is, `cut at ${cut}`).toBe('unfinished')
    expect(read(whole)).toEqual({ is: 'answer', status: 200, body: '"Idle"' })
    expect(read(`${HEAD}transfer-encoding: chunked\r\n\r\n3\r\n"Idle"\r\n`).is).toBe('not-http')
    expect(read(`${HEAD}transfer-encoding: chunked\r\n\r\n11170\r\n${'x'.repeat(70_000)}`).is).toBe('too-long')
  })

  it('without a body is whole at once', () => {
    expect(read('HTTP/1.1 204 No Content\r\n\r\n')).toEqual({ is: 'answer', status: 204, body: '' })
  })

  it('has limits: of its head, its body and what it promises', () => {
    expect(read(`${HEAD}x: ${'y'.repeat(20_000)}`).is).toBe('not-http')
    expect(read(`${HEAD}content-length: 70000\r\n\r\n`).is).toBe('too-long')
    expect(read(`${HEAD}\r\n${'x'.repeat(70_000)}`).is).toBe('too-long')
  })

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a newer protocol', 'HTTP/2 200\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 2oo OK\r\n\r\n'],
    ['a header that is none', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n'],
    ['two lengths', `${HEAD}content-length: 6\r\ncontent-length: 7\r\n\r\n`],
    ['a length below nothing', `${HEAD}content-length: -1\r\n\r\n`],
    ['a length and chunks', `${HEAD}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n`],
    ['a coding that nobody asked for', `${HEAD}transfer-encoding: gzip\r\n\r\n`],
  ])('knows %s at once', (_what, text) => {
    expect(read(text).is).toBe('not-http')
  })
})
