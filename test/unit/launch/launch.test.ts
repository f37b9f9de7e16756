import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchFromSource, launchPackaged, peerOf, wordsOf } from '../../../electron/launch.ts'

describe('how our own programs are launched', () => {
  it('runs them from source as TypeScript on Electron as Node', () => {
    const { file, prefixArgs, env } = launchFromSource('/app/electron')('post-service')
    expect(file).toBe(process.execPath)
    expect(prefixArgs).toEqual([path.join('/app/electron', 'practice/post-service/main.ts')])
    const cache = process.env['NODE_COMPILE_CACHE']
    expect(env).toEqual({ ELECTRON_RUN_AS_NODE: '1', ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) })
  })

  it('gives every packaged program a profile of its own and no display', () => {
    const { file, prefixArgs, env } = launchPackaged('/opt/Smeshkeeper/smeshkeeper', '/home/u/profile')('go-spacemesh')
    expect(file).toBe('/opt/Smeshkeeper/smeshkeeper')
    expect(prefixArgs).toContain('--ozone-platform=headless')
    expect(prefixArgs).toContain(`--user-data-dir=${path.join('/home/u/profile', 'peer-go-spacemesh')}`)
    expect(env).toEqual({})
  })

  it('hands a packaged program its own arguments, whatever they look like', () => {
    const own = ['--address', 'http://127.0.0.1:9094', '--user-data-dir=x', '--no-sandbox', '--', '--smeshkeeper-peer=other']
    const { file, prefixArgs } = launchPackaged('/opt/app', '/p')('post-service')
    expect(peerOf([file, ...prefixArgs, ...own])).toEqual({ program: 'post-service', args: own })
  })

  it('keeps every URL behind the end of switches, where Electron does not end the process for it', () => {
    const { prefixArgs } = launchPackaged('/opt/app', '/p')('post-service')
    expect(prefixArgs.at(-1)).toBe('--')
  })

  it('takes no argument of a verb for the private switch', () => {
    expect(peerOf(['/opt/app', '--ozone-platform=headless', '--', 'replay', '--smeshkeeper-peer=postcli'])).toBeUndefined()
    expect(peerOf(['/opt/app'])).toBeUndefined()
  })
})

describe('the words of a verb', () => {
  it('begin behind the end of switches', () => {
    expect(wordsOf(['--ozone-platform=headless', '--log-level=3', '--', 'logs', 'node', '--lines', '5'])).toEqual([
      'logs',
      'node',
      '--lines',
      '5',
    ])
  })

  it('begin after the switches of Chromium when nobody separated them', () => {
    expect(wordsOf(['--no-sandbox', '--disable-gpu', 'status', '--json'])).toEqual(['status', '--json'])
    expect(wordsOf(['--remote-debugging-port=0', '--password-store=basic'])).toEqual([])
  })
})
