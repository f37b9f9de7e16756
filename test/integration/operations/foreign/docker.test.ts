import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { systemFiles } from '../../../../electron/lib/files.ts'
import { systemInterop } from '../../../../electron/interop/index.ts'
import { containers, containerState } from '../../../../electron/operations/foreign/docker.ts'
import { systemManagers } from '../../../../electron/operations/foreign/system-managers.ts'

const WHY_NOT = 'what docker itself says without its service is asked of a real docker (Debian: docker-cli)'
const isThere = spawnSync('docker', ['--version']).status === 0
if (!isThere) console.log(`skipped: ${WHY_NOT}`)

const env = { ...process.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' }
const managers = systemManagers({ files: systemFiles, platform: systemInterop(), env })

describe.runIf(isThere)('a docker that is not reached', () => {
  it('is told in its own words, and is never an empty list', async () => {
    expect(await containers(managers)).toMatchObject({ is: 'unreachable', why: expect.stringContaining('/nowhere/docker.sock') })
  })

  it('is not a container that is gone', async () => {
    await expect(containerState(managers, 'a'.repeat(64), 'amber')).rejects.toMatchObject({ code: 'foreign/docker-unreachable' })
  })
})
