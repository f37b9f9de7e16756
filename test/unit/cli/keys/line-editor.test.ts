import { describe, expect, it } from 'vitest'
import { typedLine } from '../../../../electron/cli/keys/line-editor.ts'

describe('a line typed without echo', () => {
  it.each([
    ['plain', 'abc\r', 'abc'],
    ['a newline from a paste', 'abc\n', 'abc'],
    ['erased characters', 'abx\u007f\u0008bc\r', 'abc'],
    ['erased too much', '\u007f\u007fabc\r', 'abc'],
    ['an erased character of two units', 'a😀\u007fb\r', 'ab'],
    ['a line begun anew', 'wrong\u0015abc\r', 'abc'],
    ['arrows and function keys', 'a\u001b[Db\u001b[1;5C\u001bOPc\u001b[15~\r', 'abc'],
    ['the marks around a paste', '\u001b[200~abc\u001b[201~\r', 'abc'],
    ['Alt with a letter', 'ab\u001bxc\r', 'abc'],
    ['other control characters', 'a\u0001b\tc\u001a\r', 'abc'],
    ['spaces and letters of all kinds', ' pä ß 山\r', ' pä ß 山'],
    ['nothing', '\r', ''],
    ['Ctrl-D in the middle', 'ab\u0004c\r', 'abc'],
  ])('reads %s', (_, raw, text) => expect(typedLine(raw)).toMatchObject({ is: 'done', text }))

  it('keeps what comes after the line for the next question', () => {
    expect(typedLine('one\r\ntwo\r')).toEqual({ is: 'done', text: 'one', rest: 'two\r' })
    expect(typedLine('one\rtwo')).toEqual({ is: 'done', text: 'one', rest: 'two' })
  })

  it('is given up with Ctrl-C, and with Ctrl-D at its beginning', () => {
    expect(typedLine('abc\u0003')).toEqual({ is: 'given-up' })
    expect(typedLine('\u0004')).toEqual({ is: 'given-up' })
    expect(typedLine('abc')).toEqual({ is: 'typing' })
    expect(typedLine('')).toEqual({ is: 'typing' })
  })

  it('reads the same whatever the pieces in which it comes', () => {
    const raw = 'a\u001b[1;5Db\u001b[200~c\u001b[201~\u007fd\r'
    for (let cut = 0; cut <= raw.length - 1; cut += 1) expect(typedLine(raw.slice(0, cut)).is).toBe('typing')
    expect(typedLine(raw)).toMatchObject({ is: 'done', text: 'abd' })
  })
})
